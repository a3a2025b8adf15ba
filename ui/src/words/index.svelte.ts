// The words of the page in the reader's language.
import { zh } from './zh';

export type Key = keyof typeof zh;
export type Lang = 'zh' | 'en';
export type Values = Record<string, string | number>;

const REMEMBERED = 'undertone.lang';

/** English is fetched when somebody reads it. */
const tables: Partial<Record<Lang, Record<Key, string>>> = { zh };

class Language {
  now = $state<Lang>(first());

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

  private async read(lang: Lang): Promise<void> {
    if (lang === 'en') tables.en ??= (await import('./en')).en;
    this.now = lang;
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
  return fill((tables[language.now] ?? zh)[key], values);
}

export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

/** The key for a code of the appliance, if the page has words for it. */
export function known(key: string): Key | undefined {
  return key in zh ? (key as Key) : undefined;
}
