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

export function named(people: PersonView[], teams: TeamView[]): Names {
  const person = (id: string) => people.find((one) => String(one.id) === id)?.name;
  const team = (id: string) => teams.find((one) => String(one.id) === id)?.name;
  const entity = (name: string) => {
    const key = known(`entity.${name}`);
    return key === undefined ? name : t(key);
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
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
    },
  };
}
