import { describe, expect, it } from 'vitest';

import glossary from '../../../docs/glossary.md?raw';
import { en } from './en';
import { office as officeEn } from './office/en';
import { office as officeZh } from './office/zh';
import { en as recordsEn } from './records.en';
import { zh as recordsZh } from './records.zh';
import { en as visitsEn } from './visits.en';
import { zh as visitsZh } from './visits.zh';
import { zh } from './zh';

const TABLES: [string, Record<string, string>][] = [
  ['zh', zh],
  ['zh office', officeZh],
  ['zh visits', visitsZh],
  ['en', en],
  ['en office', officeEn],
  ['en visits', visitsEn],
  ['zh records', recordsZh],
  ['en records', recordsEn],
];

/** What the program itself says in Chinese: refusals, findings, the built-in playbook. Tests say anything; dates read what people write. */
const sources = {
  ...import.meta.glob<string>(['../../../src/**/*.rs', '!**/tests.rs', '!**/tests/**', '!../../../src/dates/**'], { query: '?raw', import: 'default', eager: true }),
  ...import.meta.glob<string>('../../../src/hints/builtin.toml', { query: '?raw', import: 'default', eager: true }),
};
const program = Object.entries(sources).flatMap(([path, text]) =>
  [...(text.split('#[cfg(test)]')[0] ?? '').replace(/^\s*\/\/.*$/gm, '').matchAll(/"((?:[^"\\]|\\.)*[\u4e00-\u9fff](?:[^"\\]|\\.)*)"/g)].map(([, said = '']): [string, string] => [path, said]),
);

const unwanted = (glossary.split('## Words not to be used')[1] ?? '')
  .split('\n')
  .flatMap((line) => /^\| ([^|]+?) \| [^|]+ \|$/.exec(line)?.[1] ?? [])
  .filter((word) => word !== 'Not' && !word.startsWith('---'));

/** A word in Chinese stands anywhere; in English it is a word of its own, whatever its case. */
const stands = (word: string) =>
  /[\u4e00-\u9fff]/.test(word) ? (text: string) => text.includes(word) : (text: string) => new RegExp(`\\b${word}s?\\b`, 'i').test(text);

describe('the glossary', () => {
  it('names words that are not to be used', () => {
    expect(unwanted.length).toBeGreaterThan(30);
  });

  it.each(unwanted)('is followed: “%s” stands in no text', (word) => {
    const found = TABLES.flatMap(([name, table]) => Object.entries(table).filter(([, text]) => stands(word)(text)).map(([key, text]) => `${name} ${key}: ${text}`));
    expect(found).toEqual([]);
  });

  it.each(unwanted.filter((word) => /[\u4e00-\u9fff]/.test(word)))('is followed by the program too: “%s”', (word) => {
    expect(program.length).toBeGreaterThan(100);
    expect(program.filter(([, said]) => said.includes(word))).toEqual([]);
  });

  it('has one name for one thing on the page', () => {
    expect([zh['place.playbook'], officeZh['playbook.title'], officeZh['entity.playbook']]).toEqual(['话术规则', '话术规则', '话术规则']);
    expect([zh['place.calls'], officeZh['calls.title'], officeZh['clients.calls']]).toEqual(['沟通记录', '沟通记录', '沟通记录']);
    expect([zh['place.people'], officeZh['people.title']]).toEqual(['成员', '成员']);
    expect([officeZh['settings.webhooks'], officeZh['setup.hooks']]).toEqual(['消息推送 (Webhook)', '消息推送 (Webhook)']);
  });
});
