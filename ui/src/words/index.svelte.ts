// The words of the page in the reader's language.
import type { office } from './office/zh';
import { zh } from './zh';

/** Of the pages beside the conversation: fetched with the first of them. */
export type OfficeKey = keyof typeof office;
export type ShellKey = keyof typeof zh;
export type Key = ShellKey | OfficeKey;
export type Lang = 'zh' | 'en';
export type Values = Record<string, string | number>;

const REMEMBERED = 'undertone.lang';

/** English is fetched when somebody reads it. */
const tables: Record<Lang, Partial<Record<Key, string>>> = { zh: { ...zh }, en: {} };

const FETCH: Record<string, () => Promise<Partial<Record<Key, string>>>> = {
  'en': async () => (await import('./en')).en,
  'zh office': async () => (await import('./office/zh')).office,
  'en office': async () => (await import('./office/en')).office,
};

class Language {
  now = $state<Lang>(first());
  private office = false;
  private readonly fetched = new Set(['zh']);

  get locale(): string {
    return this.now === 'zh' ? 'zh-CN' : 'en';
  }

  /** The words that the reader begins with are there. */
  async begin(): Promise<void> {
    await this.read(this.now);
  }

  async choose(lang: Lang): Promise<void> {
    localStorage.setItem(REMEMBERED, lang);
    await this.read(lang);
  }

  /** The words of the pages beside the conversation are wanted from now on. */
  async open(): Promise<void> {
    this.office = true;
    await this.fetch(this.now);
  }

  private async read(lang: Lang): Promise<void> {
    await this.fetch(lang);
    this.now = lang;
  }

  private async fetch(lang: Lang): Promise<void> {
    const wanted = [lang, ...(this.office ? [`${lang} office`] : [])].filter((name) => !this.fetched.has(name));
    const found = await Promise.all(wanted.map((name) => FETCH[name]?.()));
    for (const words of found) Object.assign(tables[lang], words);
    for (const name of wanted) this.fetched.add(name);
  }
}

/** What was chosen before, else what the browser asks for; Chinese unless it asks for something else. */
function first(): Lang {
  const remembered = localStorage.getItem(REMEMBERED);
  if (remembered === 'zh' || remembered === 'en') return remembered;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export const language = new Language();

/** What the appliance says in both languages. */
export const said = (words: { zh: string; en: string }): string => words[language.now];

/** The text of a key; `{name}` in it stands for a value. */
export function t(key: Key, values: Values = {}): string {
  return fill(tables[language.now][key] ?? tables.zh[key] ?? '', values);
}

export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

/** The key for a code of the appliance, if the page has words for it. */
export function known(key: string): Key | undefined {
  return key in tables.zh || key in tables.en ? (key as Key) : undefined;
}
