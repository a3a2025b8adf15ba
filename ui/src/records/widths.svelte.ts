// How wide the columns of a list are: as its view says, and as the reader left them on this machine.
import type { Field, Table } from './shapes';

const REMEMBERED = 'undertone.widths';
/** As the appliance takes them in a view. */
const LEAST_PX = 64;
const MOST_PX = 720;
const TITLE_PX = 232;
const USUAL_PX: Partial<Record<Field['kind'], number>> = {
  bool: 72, whole: 96, number: 104, money: 136, day: 120, instant: 148, deadline: 148, choice: 132, person: 104, phone: 144, long_text: 260, rich_text: 260, link: 180, roll_up: 112,
};

class Widths {
  private now = $state.raw<Record<string, number>>(remembered());

  /** `view`: its key; what it says of widths; nothing where there is none. */
  of(table: Table, view: { key: string; widths?: Record<string, number> } | undefined, field: Field): number {
    const own = this.now[`${table.key}/${view?.key ?? ''} ${field.key}`];
    return own ?? view?.widths?.[field.key] ?? USUAL_PX[field.kind] ?? (field.key === table.title ? TITLE_PX : 168);
  }

  set(table: Table, view: { key: string } | undefined, field: string, px: number): void {
    this.keep({ ...this.now, [`${table.key}/${view?.key ?? ''} ${field}`]: Math.round(Math.max(LEAST_PX, Math.min(MOST_PX, px))) });
  }

  /** What the reader set, by field. */
  own(table: Table, view: { key: string } | undefined): Record<string, number> {
    const before = `${table.key}/${view?.key ?? ''} `;
    return Object.fromEntries(Object.entries(this.now).flatMap(([name, px]) => (name.startsWith(before) ? [[name.slice(before.length), px]] : [])));
  }

  /** The view says them from now on, or they are as usual again. */
  forget(table: Table, view: { key: string } | undefined): void {
    const before = `${table.key}/${view?.key ?? ''} `;
    this.keep(Object.fromEntries(Object.entries(this.now).filter(([name]) => !name.startsWith(before))));
  }

  private keep(next: Record<string, number>): void {
    this.now = next;
    try {
      localStorage.setItem(REMEMBERED, JSON.stringify(next));
    } catch {
      // A full or forbidden store: they are so until the page is left.
    }
  }
}

function remembered(): Record<string, number> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(REMEMBERED) ?? '{}');
    const all = typeof found === 'object' && found !== null ? Object.entries(found) : [];
    return Object.fromEntries(all.filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
  } catch {
    return {};
  }
}

export const widths = new Widths();
