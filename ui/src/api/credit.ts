// How a client stands, over the API.
import { answer, api } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

export type Credit = Schemas['CreditView'];
export type Advice = Schemas['AdviceView'];

export const readCredit = (client: number) => answer(() => api.GET('/api/v1/credit/{client}', { params: { path: { client } } }));
