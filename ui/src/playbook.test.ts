import { describe, expect, it } from 'vitest';

import { blank, freshId, isOver, offRules, ownRules, putRule, type RuleDraft, setOff, takeRule, written } from './playbook';

const RULE: RuleDraft = {
  id: 'price',
  side: 'client',
  kind: 'objection',
  level: 'quiet',
  budget: 'client',
  priority: '95',
  cool_down_s: '120',
  when: "client.hesitates && client.stage == '报价'",
  say_zh: '先问对方怎么算“这笔账”',
  say_en: 'Ask how they do "the sum"',
  why_zh: '',
  why_en: '',
  source: 'team',
};

const FILE = `# ours
version = 1
name = "hospital team"
extends = true

[budget]
gap_s = 45

[[rule]]
id = "one"
when = "client.hesitates"

[[rule]]
id = 'two'
when = "true"

[budget.rep]
in_call = 2
`;

describe('a playbook file', () => {
  it('knows its own rules', () => {
    expect(ownRules(FILE)).toEqual(['one', 'two']);
    expect(ownRules(blank('x'))).toEqual([]);
  });

  it('takes a rule in the place of the one with its id and leaves the rest', () => {
    const put = putRule(FILE, 'one', written({ ...RULE, id: 'one' }));
    expect(ownRules(put)).toEqual(['one', 'two']);
    expect(put).toContain('# ours');
    expect(put).toContain('[budget.rep]\nin_call = 2');
    expect(put).not.toContain('when = "client.hesitates"\n');
    expect(ownRules(putRule(FILE, 'price', written(RULE)))).toEqual(['one', 'two', 'price']);
    expect(ownRules(takeRule(put, 'two'))).toEqual(['one']);
    expect(takeRule(FILE, 'two')).toContain('[budget.rep]');
  });

  it('switches rules above off and on again', () => {
    expect(isOver(FILE)).toBe(true);
    expect(isOver(FILE.replace('extends = true\n', ''))).toBe(false);
    const off = setOff(setOff(FILE, 'talk-share', true), 'pace', true);
    expect(offRules(off)).toEqual(['talk-share', 'pace']);
    expect(off).toContain('extends = true\noff = ["talk-share", "pace"]');
    expect(offRules(setOff(off, 'talk-share', false))).toEqual(['pace']);
    expect(setOff(setOff(off, 'talk-share', false), 'pace', false)).not.toContain('off =');
    expect(setOff(FILE, 'never', false)).toBe(FILE);
  });

  it('writes texts so that they read back as they are', () => {
    const text = written(RULE);
    expect(text).toContain("when = \"client.hesitates && client.stage == '报价'\"");
    expect(text).toContain('say.en = "Ask how they do \\"the sum\\""');
    expect(text).not.toContain('why');
    expect(written({ ...RULE, why_zh: '一\n二', why_en: 'x' })).toContain('why.zh = "一\\n二"');
  });

  it('names a new rule by what it is about', () => {
    expect(freshId('Objection', ['objection'])).toBe('objection-2');
    expect(freshId('异议', [])).toBe('rule');
  });
});
