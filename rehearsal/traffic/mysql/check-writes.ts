import type { Connection } from 'mysql2/promise';
import * as z from 'zod';
import { identifier, qualified } from '../../data/mysql/connection.ts';
import { describeMysqlTable } from '../../data/mysql/table-description.ts';
import type { PromisedWrite, SideValue } from '../acknowledged-writes.ts';
import type { CheckOptions, WritesChecked } from '../check-writes.ts';
import { valuesOf, type Key } from '../keys.ts';
import type { WrittenColumn } from '../written-shape.ts';
import { dataTypeOf, fromText, toText } from './column-text.ts';
import { presentMysqlTable } from './present-table.ts';
import type { MysqlTarget } from './target.ts';

const batch = 500;
const examples = 10;

type Row = readonly [Key, readonly PromisedWrite[]];

/** What a row holds now, of each side that is there. */
interface Held {
  readonly old: SideValue | undefined;
  readonly new: SideValue | undefined;
}

/**
 * Holds every promise against the table, in the shapes that it has now. A value stands in the column that it was written to,
 * and on the other side as it was converted before: only values whose conversion comes back are ever written.
 */
export async function checkMysqlWrites(
  client: Connection,
  target: MysqlTarget,
  rows: readonly Row[],
  options: CheckOptions,
): Promise<WritesChecked> {
  const present = await presentMysqlTable(client, target);
  // Where it is what leaves, every promise went with it; else nobody took it back, and the question fails.
  if (present === null && target.shape.kind === 'leaving table')
    return { checked: rows.length, lost: 0, examples: [] };
  const asked = { ...target, table: present ?? target.table };
  const sides = await sidesNow(client, asked, options);
  const lost: string[] = [];
  for (let from = 0; from < rows.length; from += batch) {
    const some = rows.slice(from, from + batch);
    const held = await heldBy(client, asked, sides, some);
    for (const [key, promises] of some)
      if (!promises.some((promised) => isKept(promised, held.get(key)))) lost.push(valuesOf(key).join(', '));
  }
  return { checked: rows.length, lost: lost.length, examples: lost.slice(0, examples) };
}

function isKept(promised: PromisedWrite, row: Held | undefined): boolean {
  if (promised.state === 'gone') return row === undefined;
  if (row === undefined) return false;
  if (promised.state === 'there') return true;
  const { value } = promised;
  return (['old', 'new'] as const).every((side) => {
    const now = row[side];
    return now === undefined || now.every((text, at) => text === (value[side][at] ?? null));
  });
}

interface Sides {
  readonly old: readonly WrittenColumn[] | undefined;
  readonly new: readonly WrittenColumn[] | undefined;
}

async function sidesNow(
  client: Connection,
  { table, shape }: MysqlTarget,
  { only }: CheckOptions,
): Promise<Sides> {
  const present = new Set((await describeMysqlTable(client, table))?.columns.map(({ name }) => name));
  const asked = (
    side: 'old' | 'new',
    columns: readonly WrittenColumn[],
  ): readonly WrittenColumn[] | undefined =>
    (only === undefined || only === side) && columns.every(({ column }) => present.has(column))
      ? columns
      : undefined;
  if (shape.kind === 'pair') {
    const sides = { old: asked('old', shape.old), new: asked('new', shape.new) };
    if (sides.old === undefined && sides.new === undefined)
      throw new Error(`neither side of ${shape.old.map(({ column }) => column).join(', ')} exists any more`);
    return sides;
  }
  if (shape.kind === 'added') return { old: undefined, new: asked('new', [shape]) };
  if (shape.kind === 'leaving') return { old: asked('old', shape.old), new: undefined };
  return { old: undefined, new: undefined };
}

const texts = (columns: readonly WrittenColumn[] = []): readonly string[] =>
  columns.map(({ column, type }) => toText(identifier(column), { dataType: dataTypeOf(type) }));

const text = z.union([z.null(), z.string(), z.number().transform(String)]);

async function heldBy(
  client: Connection,
  { table, key }: MysqlTarget,
  sides: Sides,
  rows: readonly Row[],
): Promise<ReadonlyMap<Key, Held>> {
  const keys = key.map((column) => toText(identifier(column.name), column));
  const selected = [...keys, ...texts(sides.old), ...texts(sides.new)];
  const one = `(${key.map((column) => fromText(column)).join(', ')})`;
  const [found] = await client.query({
    // By the name of its block it says that it asks both shapes on purpose.
    sql: `SELECT /*+ QB_NAME(underpin) */ ${selected.join(', ')} FROM ${qualified(table)} WHERE (${key.map(({ name }) => identifier(name)).join(', ')}) IN (${rows.map(() => one).join(', ')})`,
    values: rows.flatMap(([each]) => [...valuesOf(each)]),
    rowsAsArray: true,
  });
  const oldEnd = key.length + (sides.old?.length ?? 0);
  return new Map(
    z
      .array(z.array(text))
      .parse(found)
      .map((values) => [
        JSON.stringify(values.slice(0, key.length)),
        {
          old: sides.old && values.slice(key.length, oldEnd),
          new: sides.new && values.slice(oldEnd),
        },
      ]),
  );
}
