import { describe, expect, it } from 'vitest';

import { labelOf, styleOf } from './style';

const COLOURS = Object.fromEntries(['paper', 'card', 'line', 'ink', 'quiet', 'accent', 'good', 'warn', 'bad'].map((name) => [name, '#888888'])) as never;
const NOTHING = { picked: [], sites: [], visits: [], way: [], grid: [] };
const ids = (tiles?: string) => styleOf(NOTHING, COLOURS, tiles).layers.map(({ id }) => id);

describe('the map', () => {
  it('names clients, and which of their sites it is', () => {
    expect([labelOf('华东医药', '华东医药'), labelOf('华东医药', '仓库'), labelOf('华东医药', '')]).toEqual(['华东医药', '华东医药 · 仓库', '华东医药']);
  });

  it('stands on a grid, or on the streets that the operator has', () => {
    expect(ids()).toContain('grid');
    expect(styleOf(NOTHING, COLOURS).sources).not.toHaveProperty('streets');
    expect(ids('pmtiles://here')).not.toContain('grid');
    expect(ids('pmtiles://here').indexOf('roads')).toBeLessThan(ids('pmtiles://here').indexOf('visits'));
    expect(styleOf(NOTHING, COLOURS, 'pmtiles://here').sources['streets']).toEqual({ type: 'vector', url: 'pmtiles://here' });
  });
});
