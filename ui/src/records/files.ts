// Photos and files of records: sent first, then named by a record, which is how they are read.
import { type Answer, raw } from '../api/client';
import { shrink } from '../visits/photo';

export interface Kept {
  id: number;
  name: string;
}

/** As the appliance takes them. */
export const FILE_BYTES_MAX = 8 * 1024 * 1024;

/** What was just sent, as this window has it: the appliance hands it out only through its record. */
const sent = new Map<number, { name: string; url?: string }>();

export const fileUrl = (of: { table: string; id: number }, file: number): string =>
  `/api/v1/tables/${encodeURIComponent(of.table)}/records/${of.id}/files/${file}`;

export const sentFile = (id: number) => sent.get(id);

/** The page's own policy lets no other pictures in than the appliance's and those that it holds itself. */
const dataUrl = (picture: Blob): Promise<string> =>
  new Promise((resolve) => {
    const reader = new FileReader();
    reader.onloadend = () => resolve(String(reader.result ?? ''));
    reader.readAsDataURL(picture);
  });

/** `not_one`: it should be a picture and is none. */
export async function sendFile(table: string, file: File, picture: boolean): Promise<Answer<Kept> | 'not_one' | 'too_large'> {
  const small = picture ? await shrink(file) : file;
  if (small === undefined) return 'not_one';
  if (small.size > FILE_BYTES_MAX) return 'too_large';
  const path = `/api/v1/tables/${encodeURIComponent(table)}/files?${new URLSearchParams({ name: file.name })}`;
  const kind = picture ? small.type : 'application/octet-stream';
  const answer = await raw<Kept>('POST', path, new Uint8Array(await small.arrayBuffer()), { 'content-type': kind });
  if (answer.data !== undefined) sent.set(answer.data.id, { name: answer.data.name, ...(picture ? { url: await dataUrl(small) } : {}) });
  return answer;
}

/** The numbers in a value of such a field. */
export const filesIn = (value: unknown): number[] =>
  (Array.isArray(value) ? value : [value]).flatMap((one: { id?: unknown } | null | undefined) => (typeof one?.id === 'number' ? [one.id] : []));
