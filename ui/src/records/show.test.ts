import { expect, test, vi } from 'vitest';

vi.stubGlobal('localStorage', { getItem: () => 'zh' });
vi.stubGlobal('location', { hash: '', origin: 'http://x' });
vi.stubGlobal('addEventListener', () => undefined);
const { phoneShort } = await import('./show');

test('a number is shown as it is dialled here', () => {
  for (const [kept, shown] of [
    ['+8613800000001', '138 0000 0001'],
    ['+8657180000001', '0571 8000 0001'],
    ['+86571800001', '+86571800001'],
    ['+861080000001', '010 8000 0001'],
    ['+862150000003', '021 5000 0003'],
    ['+868307000001', '0830 700 0001'],
    ['+8657180000001x8', '0571 8000 0001 x8'],
    ['+442079460000', '+442079460000'],
    ['95588', '95588'],
  ] as const) {
    expect(phoneShort(kept)).toBe(shown);
  }
});
