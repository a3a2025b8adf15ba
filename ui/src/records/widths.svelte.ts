// How wide the columns of a table are, as the reader left them on this machine.
import type { Field } from './shapes';

const REMEMBERED = 'undertone.widths';
const LEAST_PX = 64;
const MOST_PX = 720;
const USUAL_PX: Partial<Record<Field['kind'], number>> = {
  bool: 72, whole: 96, number: 104, money: 136, day: 120, instant: 148, deadline: 148, choice: 132, person: 104, phone: 144, long_text: 260, rich_text: 260, link: 180, roll_up: 112,
};

class Widths {
  private now = $state.raw<Record<string, number>>(remembered());

  of(table: string, field: Field): number {
    return this.now[`${table} ${field.key}`] ?? USUAL_PX[field.kind] ?? 168;
  }

  set(table: string, field: string, px: number): void {
    this.now = { ...this.now, [`${table} ${field}`]: Math.round(Math.max(LEAST_PX, Math.min(MOST_PX, px))) };
    localStorage.setItem(REMEMBERED, JSON.stringify(this.now));
  }
}

function remembered(): Record<string, number> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(REMEMBERED) ?? '{}');
    return typeof found === 'object' && found !== null ? (found as Record<string, number>) : {};
  } catch {
    return {};
  }
}

export const widths = new Widths();
