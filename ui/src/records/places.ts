// Where the records of a table are listed: clients have a page of their own in front.
import type { Route } from '../router';

export const listOf = (table: string): Route => (table === 'clients' ? { page: 'clients' } : { page: 'records', table });
