import type { ClientBase } from 'pg';
import { qualified } from '../database/postgres-names.ts';
import type { WrittenShape } from './written-shape.ts';
import type { TableName } from '../../engine/spec/table-name.ts';
import { readType } from '../data/column-type.ts';
import { valueExpression } from '../data/value-expression.ts';

const wanted = 200;

/** Values, as text, that an application may write into a column that does not exist yet: by its type, and as filled. */
export async function addedValues(
  client: ClientBase,
  table: TableName,
  { type, fill, column }: WrittenShape & { readonly kind: 'added' },
): Promise<readonly string[]> {
  const filled =
    fill === null
      ? []
      : await texts(
          client,
          `SELECT ((${fill})::${type})::text AS value FROM ${qualified(table)} LIMIT ${wanted}`,
        );
  const { fields } = await client.query(`SELECT NULL::${type} AS value`);
  const field = fields[0];
  const known = field && (await readType(client, field.dataTypeID, field.dataTypeModifier));
  const made = known && valueExpression(known, { column, n: 'g.n', hint: {}, choice: 'random', after: null });
  if (made === undefined) return filled;
  const more = await texts(
    client,
    `SELECT ((${made})::${type})::text AS value FROM generate_series(1, ${wanted}) g (n)`,
  );
  return [...filled, ...more];
}

async function texts(client: ClientBase, sql: string): Promise<string[]> {
  const { rows } = await client.query<{ value: string | null }>(sql);
  return rows.flatMap(({ value }) => (value === null ? [] : [value]));
}
