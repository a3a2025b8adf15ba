// The names behind the numbers of the audit log, as far as the reader may know them.
import type { PersonView, TeamView } from './api/views';
import { dayName } from './dates';
import { moment } from './format';
import { known, t } from './words/index.svelte';

export interface Names {
  actor(actor: string): string;
  entity(entity: string): string;
  /** One record: what it is, and which. */
  record(entity: string, id: string): string;
  field(field: string): string;
  /** A field's value. */
  value(field: string, value: unknown): string;
}

/** An address as the log shows it: what follows the host is often a password. */
function withoutSecrets(url: string): string {
  if (!URL.canParse(url)) return url;
  const { origin, pathname, search } = new URL(url);
  return pathname === '/' && search === '' ? origin : `${origin}/…`;
}

export function named(people: PersonView[], teams: TeamView[]): Names {
  const person = (id: string) => people.find((one) => String(one.id) === id)?.name;
  const team = (id: string) => teams.find((one) => String(one.id) === id)?.name;
  const entity = (name: string) => {
    const key = known(`entity.${name}`);
    return key === undefined ? name : t(key);
  };
  /** A code of a field that has words of its own. */
  const coded = (field: string, value: string) => {
    const of: Record<string, string> = { outcome: 'outcome', consent: 'calls.consent', how: 'consent.how', rating: 'rating' };
    const key = known(`${of[field] ?? field}.${value}`);
    return key === undefined ? value : t(key);
  };
  const topic = (one: unknown) => {
    const name = one === '*' ? 'all' : String(one).split('.')[0];
    const key = known(`hears.${name}`);
    return key === undefined ? String(one) : t(key);
  };
  const number = (id: string) => t('actor.number', { n: id });
  return {
    actor(actor) {
      const key = known(`actor.${actor}`);
      return key === undefined ? (person(actor) ?? number(actor)) : t(key);
    },
    entity,
    record(kind, id) {
      if (kind === 'day') return t('audit.one', { what: entity(kind), name: dayName(Number(id), Date.now()) });
      // Not one record, but all of its kind.
      if (id === '0' || id === '') return entity(kind);
      if (kind === 'visits') return t('audit.one', { what: entity(kind), name: person(id) ?? number(id) });
      // A record of a table: `clients/2`.
      const [, table, row] = /^([a-z_]+)\/(\d+)$/.exec(id) ?? [];
      if (table !== undefined && row !== undefined) {
        const own = known(`entity.${table.replace(/s$/, '')}`);
        return t('audit.one', { what: own === undefined ? `${entity(kind)} ${table}` : t(own), name: number(row) });
      }
      if (kind === 'calls' || kind === 'rule') return t('audit.one', { what: entity(kind), name: id });
      const name = kind === 'person' ? person(id) : kind === 'team' ? team(id) : undefined;
      return t('audit.one', { what: entity(kind), name: name ?? number(id) });
    },
    field(field) {
      const key = known(`field.${field}`);
      return key === undefined ? field : t(key);
    },
    value(field, value) {
      if (value === null || value === undefined || value === '') return t('audit.nothing');
      if (typeof value === 'boolean') return t(value ? 'audit.yes' : 'audit.no');
      if (field === 'role') return t(known(`role.${String(value)}`) ?? 'role.nobody');
      if (field === 'team') return team(String(value)) ?? number(String(value));
      if (field === 'owner' || field === 'assignee') return person(String(value)) ?? number(String(value));
      if (field.endsWith('_ms')) return moment(Number(value));
      const key = field === 'arm' ? known(`study.arm.${String(value)}`) : field === 'by' ? known(`board.by.${String(value)}`) : undefined;
      if (key !== undefined) return t(key);
      if (field === 'url') return withoutSecrets(String(value));
      if (Array.isArray(value)) return value.map((one) => topic(one)).join(t('list.comma'));
      if (typeof value === 'object') return t('audit.parts', { n: Object.keys(value).length });
      return coded(field, String(value));
    },
  };
}
