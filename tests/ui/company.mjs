// Accounts through the page and through its own session: who works here.

export const PASSWORD = 'a long enough one';

/** The first account, through the link that the appliance printed. */
export async function settle(page, appliance, { name = '王力', login = 'wang.li' } = {}) {
  await page.goto(appliance.setup);
  await page.locator('input[autocomplete=name]').fill(name);
  await page.locator('input[autocomplete=username]').fill(login);
  await page.locator('input[autocomplete=new-password]').fill(PASSWORD);
  await page.locator('button[type=submit]').click();
  await page.waitForURL(/#\/people$/);
  await page.locator('.list li').first().waitFor();
}

export async function signIn(page, appliance, login, password = PASSWORD) {
  await page.goto(`${appliance.url}/#/signin`);
  await page.locator('input[autocomplete=username]').fill(login);
  await page.locator('input[autocomplete=current-password]').fill(password);
  await page.locator('button[type=submit]').click();
  await page.locator('.me').waitFor();
}

/** A request with the session of the page. */
export const ask = (page, method, path, body, headers = {}) =>
  page.evaluate(
    async ([method, path, body, headers]) => {
      const { csrf } = await (await fetch('/api/v1/session')).json();
      const init = { method, headers: { 'x-csrf-token': csrf ?? '', 'content-type': 'application/json', ...headers } };
      if (body !== undefined) init.body = JSON.stringify(body);
      const response = await fetch(`/api/v1${path}`, init);
      return response.status === 204 ? undefined : response.json();
    },
    [method, path, body, headers],
  );

/** Two teams and some colleagues, all invented; the first of them comes in. */
export async function hire(page) {
  const teams = {};
  for (const name of ['杭州一队', '宁波队']) teams[name] = (await ask(page, 'POST', '/teams', { name })).id;
  const people = [
    ['李娜', 'li.na', 'manager', '杭州一队'],
    ['陈晨', 'chen.chen', 'rep', '杭州一队'],
    ['张伟', 'zhang.wei', 'rep', '杭州一队'],
    ['赵敏', 'zhao.min', 'rep', '宁波队'],
    ['周洁', 'zhou.jie', 'assistant', undefined],
  ];
  const made = {};
  for (const [name, login, role, team] of people) {
    const body = { name, login, role, ...(team === undefined ? {} : { team: teams[team] }) };
    made[login] = await ask(page, 'POST', '/people', body);
  }
  return { teams, made };
}

/** Takes an invitation without a page. */
export async function come(appliance, page, id) {
  const { path } = await ask(page, 'POST', `/people/${id}/invitation`);
  const secret = path.split('/').at(-1);
  await appliance.api('/invitations/accept', { secret, password: PASSWORD });
}
