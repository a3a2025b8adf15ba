// The words of the page in the reader's language.
import { en } from './en';
import { zh } from './zh';

export type Key = keyof typeof zh;
export type Lang = 'zh' | 'en';
export type Values = Record<string, string | number>;

const REMEMBERED = 'undertone.lang';

const tables: Record<Lang, Record<Key, string>> = { zh, en };

class Language {
  now = $state<Lang>(first());

  get locale(): string {
    return this.now === 'zh' ? 'zh-CN' : 'en';
  }

  choose(lang: Lang): void {
    this.now = lang;
    localStorage.setItem(REMEMBERED, lang);
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
  return fill(tables[language.now][key], values);
}

export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

/** The key for a code of the appliance, if the page has words for it. */
export function known(key: string): Key | undefined {
  return key in zh ? (key as Key) : undefined;
}
