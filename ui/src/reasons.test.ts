import { beforeAll, describe, expect, it, vi } from 'vitest';

const words = (zh: string) => ({ zh, en: zh });

describe('why a hint came', () => {
  let reasonOf: typeof import('./reasons').reasonOf;

  beforeAll(async () => {
    vi.stubGlobal('localStorage', { getItem: () => 'zh', setItem: () => {} });
    ({ reasonOf } = await import('./reasons'));
  });

  it('is the figures that stood out, in one sentence', () => {
    const hint = { drivers: [words('回应慢 1.4 秒'), words('停顿是平时的 2.1 倍')], because: words('迟疑次数 ≠ 3 ✓（1）') };
    expect(reasonOf(hint)).toBe('因为回应慢 1.4 秒，停顿是平时的 2.1 倍。');
  });

  it('is what the rule found where no figure stood out, without its signs', () => {
    const because = words('保留度 ≥ 25% ✓（31%）；客户阶段 = 谈判 ✗（报价）；迟疑次数 ≠ 3 ✓（1）；正在拜访 ✓');
    const said = reasonOf({ drivers: [], because });
    expect(said).toBe('因为保留度为 31%（不低于 25%），正在拜访。');
    expect(said).not.toMatch(/[✓✗≥≤≠=?]/);
  });

  it('is nothing where nothing is known', () => {
    expect(reasonOf({ drivers: [], because: words('') })).toBe('');
  });
});
