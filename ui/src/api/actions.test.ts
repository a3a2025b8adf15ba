import { describe, expect, it, vi } from 'vitest';

vi.stubGlobal('localStorage', { getItem: () => 'zh', setItem: () => {} });
const { actionOf, addressIn } = await import('./actions');

describe('a record as something to do', () => {
  it('is named by who asked and for whom, as far as the page says', () => {
    const values = { client: 4, whom: '李主任', next: '再访', due: '2026-03-05', owner: 7, created_by: 8, created_at: 5, note: '见 https://files.example/a.pdf' };
    const action = actionOf({ id: 3, uid: 'u', version: 2, values }, { clients: { 4: '华东' }, people: { 7: '陈晨' } });
    expect(action).toMatchObject({ id: 3, client: 4, client_name: '华东', title: '再访', assignee: 7, assignee_name: '陈晨', author: 8, author_name: null, done_ms: null });
    expect(new Date(action.due_ms ?? 0).getHours()).toBe(23);
    expect(action.link).toBe('https://files.example/a.pdf');
  });

  it('opens addresses of the web and nothing that a browser would run', () => {
    const opened = ['javascript:alert(1)', 'httpx://evil.example', 'http-javascript:alert(1)', 'data:text/html,x', 'https://', '[资料](https://a.example/b)', undefined];
    expect(opened.map(addressIn)).toEqual([null, null, null, null, null, 'https://a.example/b', null]);
  });
});
