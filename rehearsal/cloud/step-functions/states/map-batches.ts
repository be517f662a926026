import type { MapState } from '../definition/states.ts';
import { byteLength, isJsonObject, type Json } from '../json.ts';
import { PAYLOAD_BYTES } from '../limits.ts';
import type { WorkUnit } from '../map-run.ts';
import { whole } from '../numbers.ts';
import type { Visit } from '../visit.ts';
import { selectItem } from './map-inline.ts';

/** One child for each item or, with an ItemBatcher, for each batch. */
export async function workOf(visit: Visit<MapState>, items: readonly Json[]): Promise<readonly WorkUnit[]> {
  const inputs: Json[] = [];
  for (const index of items.keys()) inputs.push(await selectItem(visit, items, index));
  const { ItemBatcher } = visit.state;
  if (ItemBatcher === undefined) return inputs.map((input) => ({ input, items: 1 }));
  const { MaxItemsPerBatch, MaxInputBytesPerBatch, BatchInput } = ItemBatcher;
  const maxItems = await limit(visit, 'MaxItemsPerBatch', MaxItemsPerBatch, Infinity);
  const maxBytes = await limit(visit, 'MaxInputBytesPerBatch', MaxInputBytesPerBatch, PAYLOAD_BYTES);
  const shared =
    BatchInput === undefined
      ? {}
      : { BatchInput: await visit.evaluate(BatchInput, 'ItemBatcher/BatchInput') };
  return batches(inputs, maxItems, maxBytes, shared).map((batch) => ({
    input: { ...(isJsonObject(shared) ? shared : {}), Items: batch },
    items: batch.length,
  }));
}

async function limit(
  visit: Visit,
  field: string,
  template: Json | undefined,
  otherwise: number,
): Promise<number> {
  if (template === undefined) return otherwise;
  return await whole(visit, `ItemBatcher/${field}`, template, { min: 1 });
}

function batches(
  items: readonly Json[],
  maxItems: number,
  maxBytes: number,
  shared: Json,
): readonly Json[][] {
  const all: Json[][] = [];
  const envelope = byteLength(shared) + '"Items":[],'.length;
  let bytes = Infinity;
  for (const item of items) {
    const size = byteLength(item) + 1;
    const last = all.at(-1);
    if (last === undefined || last.length >= maxItems || bytes + size > maxBytes) {
      all.push([item]);
      bytes = envelope + size;
    } else {
      last.push(item);
      bytes += size;
    }
  }
  return all;
}
