// From PostgreSQL's sources: the support functions of varchar, varbit, numeric and the times (a length coercion that cannot
// cut is left out), and the casts of pg_cast that are binary coercible. All other types are written anew.

const families: Readonly<Record<string, string>> = {
  varchar: 'varchar',
  'character varying': 'varchar',
  text: 'text',
  varbit: 'varbit',
  'bit varying': 'varbit',
  numeric: 'numeric',
  decimal: 'numeric',
  time: 'time',
  'time without time zone': 'time',
  timetz: 'timetz',
  'time with time zone': 'timetz',
  timestamp: 'timestamp',
  'timestamp without time zone': 'timestamp',
  timestamptz: 'timestamptz',
  'timestamp with time zone': 'timestamptz',
  cidr: 'cidr',
  inet: 'inet',
};

interface Written {
  readonly family: string;
  /** Length or precision; null: without a limit. */
  readonly limit: number | null;
  readonly scale: number;
}

const form =
  /^(?<head>[a-z ]*[a-z])\s*(?:\(\s*(?<limit>\d+)\s*(?:,\s*(?<scale>-?\d+)\s*)?\))?(?<tail> [a-z ]+)?$/u;

function written(type: string): Written | undefined {
  const {
    head = '',
    limit,
    scale = '0',
    tail = '',
  } = form.exec(type.toLowerCase().replaceAll(/\s+/gu, ' ').trim())?.groups ?? {};
  const family = families[head + tail];
  return family === undefined
    ? undefined
    : { family, limit: limit === undefined ? null : Number(limit), scale: Number(scale) };
}

/** Whether some other type could become it in the catalog alone. */
export const mayBeWider = (type: string): boolean => written(type) !== undefined;

const coercible = new Set(['varchar text', 'text varchar', 'cidr inet']);

/** Whether every value of a type stands as it is under another one, so that only the catalog changes. Both as they were written. */
export function isWidened(from: string, to: string): boolean {
  const [old, fresh] = [written(from), written(to)];
  if (old === undefined || fresh === undefined) return false;
  if (old.family !== fresh.family)
    return coercible.has(`${old.family} ${fresh.family}`) && fresh.limit === null;
  if (fresh.limit === null) return true;
  return old.limit !== null && old.limit <= fresh.limit && old.scale === fresh.scale;
}
