import { beforeAll, describe, expect, it, vi } from 'vitest';

import type { ReviewView, SummaryView } from './api/views';

const SUMMARY = { layout: 'rep-left', sides: [{ channel: 'rep', talk_share: { value: 0.62 } }] } as unknown as SummaryView;
const review = (part: Partial<ReviewView>): ReviewView => ({ objection: null, topics: [], notes: '', outcome: null, ...part }) as ReviewView;

describe('the conclusion of a call', () => {
  let conclude: typeof import('./summary').conclude;

  beforeAll(async () => {
    vi.stubGlobal('localStorage', { getItem: () => 'zh', setItem: () => {} });
    ({ conclude } = await import('./summary'));
  });

  it('begins with the outcome and what the client objected to, and says what to do about it', () => {
    const { says, next } = conclude(SUMMARY, { moments: [] }, review({ outcome: 'advanced', objection: true, topics: ['价格', '交期'] }));
    expect(says).toBe('结果：有推进，客户对价格、交期有异议，我方说了 62%。');
    expect(next).toContain('价格、交期');
  });

  it('asks for the outcome while nobody has said it', () => {
    const { says, next } = conclude(SUMMARY, { moments: [] }, review({}));
    expect(says).toBe('没有明显迟疑，我方说了 62%。');
    expect(next).toContain('沟通结果');
  });

  it('claims nothing about who hesitated where one microphone hears everybody', () => {
    const { says } = conclude({ ...SUMMARY, layout: 'mono' }, { moments: [] }, review({}));
    expect(says).toBe('');
  });
});
