import type { Hint, Hints } from './check-hints.ts';

/** What the catalog prints of types that not every text can be read as, and their names in it. */
const read: Readonly<Record<string, string>> = {
  smallint: 'int2',
  integer: 'int4',
  bigint: 'int8',
  numeric: 'numeric',
  real: 'float4',
  'double precision': 'float8',
  date: 'date',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
  uuid: 'uuid',
  boolean: 'bool',
  json: 'json',
  jsonb: 'jsonb',
};

const column = String.raw`("(?:[^"]|"")+"|[a-z_][\w$]*)`;
const cast = new RegExp(
  String.raw`\((?:\(${column}\)::text|${column})\)::(${Object.keys(read).join('|')})`,
  'gu',
);

/** Columns that an index or a generated column reads as another type: `(number)::integer`. A text that is none would be refused. */
export function castHints(expressions: readonly string[]): Hints {
  const hints = new Map<string, Hint>();
  for (const [, within, alone, type = ''] of expressions.flatMap((each) => [...each.matchAll(cast)])) {
    const castTo = read[type];
    if (castTo !== undefined) hints.set(unquoted(within ?? alone ?? ''), { castTo });
  }
  return hints;
}

const unquoted = (name: string): string =>
  name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
