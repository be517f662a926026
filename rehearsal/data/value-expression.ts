import { literal } from '../database/postgres-names.ts';
import type { Hint } from './check-hints.ts';
import type { BaseType, ColumnType } from './column-type.ts';
import { hintsFrom, mergeHints } from './check-hints.ts';
import { stretchedValue, stretchesOf } from './stretched-value.ts';
import { textExpression } from './text-expression.ts';

/** What a value is made for. */
export interface Purpose {
  readonly column: string;
  /** SQL of the row's number, from 1; never the same twice in a table. */
  readonly n: string;
  readonly hint: Hint;
  /**
   * `random`: any value will do. `fresh`: never the same twice. `{ stride }`: from a finite list, the item at
   * `(n / stride) mod size`, so that several lists together run through all their combinations.
   */
  readonly choice: 'random' | 'fresh' | { readonly stride: number };
  /** The greatest number that the column holds already, as text. */
  readonly after: string | null;
}

/** SQL that makes a value of a type; `undefined` for a type that is not known. The value still needs a cast to `type.sql`. */
export function valueExpression(type: ColumnType, purpose: Purpose): string | undefined {
  const { hint } = purpose;
  if (hint.values !== undefined) return `(${pick(hint.values.map(literal), purpose)})::${type.sql}`;
  const cast = hint.castTo === undefined ? undefined : castValue(type, hint.castTo, purpose);
  if (cast !== undefined) return cast;
  const stretched = stretchedValue(type, stretchesOf(type, hint), purpose);
  if (stretched !== undefined) return stretched;
  if (type.kind === 'enum') return `(${pick(type.labels.map(literal), purpose)})::${type.sql}`;
  if (type.kind === 'domain') return domainValue(type, purpose);
  if (type.kind === 'array') return arrayValue(type.element, type.sql, purpose);
  if (type.kind === 'range') return rangeValue(type, purpose);
  if (type.kind === 'multirange') return `${type.sql}(${valueExpression(type.range, purpose) ?? 'NULL'})`;
  if (type.kind === 'composite') return compositeValue(type.fields, type.sql, purpose);
  return baseMakers[type.name]?.(purpose, type);
}

/** How many different values there can be, where that is few. */
export function finiteSize(type: ColumnType, hint: Hint): number | undefined {
  if (hint.values !== undefined) return hint.values.length;
  if (type.kind === 'enum') return type.labels.length;
  if (type.kind === 'domain') return finiteSize(type.base, domainHint(type, hint));
  if (type.kind === 'base' && type.name === 'bool') return 2;
  const { min, max } = hint;
  const whole = type.kind === 'base' && /^int[248]$/u.test(type.name);
  return whole && min !== undefined && max !== undefined ? max - min + 1 : undefined;
}

/** What a domain's own checks say, together with the table's. */
export function domainHint(type: ColumnType, hint: Hint): Hint {
  if (type.kind !== 'domain') return hint;
  return domainHint(type.base, mergeHints(hintsFrom(type.checks).get('VALUE') ?? {}, hint));
}

function domainValue(type: ColumnType & { kind: 'domain' }, purpose: Purpose): string | undefined {
  const merged = mergeHints(hintsFrom(type.checks).get('VALUE') ?? {}, purpose.hint);
  return valueExpression(type.base, { ...purpose, hint: merged });
}

/** A text that can be read as another type. */
function castValue(type: ColumnType, castTo: string, purpose: Purpose): string | undefined {
  if (type.kind !== 'base' || type.category !== 'S') return undefined;
  const value = baseMakers[castTo]?.({ ...purpose, hint: {} }, { ...type, name: castTo, sql: castTo });
  return value && `((${value})::${castTo})::text`;
}

function pick(items: readonly string[], purpose: Purpose): string {
  return `(ARRAY[${items.join(', ')}])[1 + ${index(items.length, purpose)}]`;
}

/** SQL of a whole number from 0 to size - 1. */
function index(size: number, { choice, n }: Pick<Purpose, 'choice' | 'n'>): string {
  if (choice === 'random') return `floor(random() * ${size})::int`;
  const stride = choice === 'fresh' ? 1 : choice.stride;
  return `(((${n} - 1) / ${stride}) % ${size})::int`;
}

function arrayValue(element: ColumnType, sql: string, purpose: Purpose): string | undefined {
  const one = valueExpression(element, { ...purpose, hint: {} });
  const other = valueExpression(element, { ...purpose, hint: {}, choice: 'random' });
  return one && other && `ARRAY[(${one})::${element.sql}, (${other})::${element.sql}]::${sql}`;
}

/** Ranges never overlap: an exclusion constraint is what ranges are most often for. */
function rangeValue(type: ColumnType & { kind: 'range' }, { n }: Purpose): string | undefined {
  const name = type.subtype.kind === 'base' ? type.subtype.name : '';
  const bound = rangeBounds[name];
  return bound && `${type.sql}((${bound(n, 0)})::${type.subtype.sql}, (${bound(n, 1)})::${type.subtype.sql})`;
}

const numberBound = (n: string, end: number): string => `${n} * 10 + ${end * 5}`;
const timeBound = (n: string, end: number): string =>
  `timestamp '2020-01-01' + ${n} * interval '1 hour' + ${end} * interval '45 minutes'`;
const rangeBounds: Readonly<Record<string, (n: string, end: number) => string>> = {
  int4: numberBound,
  int8: numberBound,
  numeric: numberBound,
  float8: numberBound,
  timestamp: timeBound,
  timestamptz: timeBound,
  date: (n, end) => `date '2000-01-01' + (${n} * 3 + ${end * 2})::int`,
};

function compositeValue(fields: readonly ColumnType[], sql: string, purpose: Purpose): string | undefined {
  const values = fields.map((field) => {
    const value = valueExpression(field, { ...purpose, hint: {} });
    return value && `(${value})::${field.sql}`;
  });
  return values.includes(undefined) ? undefined : `ROW(${values.join(', ')})::${sql}`;
}

type Maker = (purpose: Purpose, type: BaseType) => string | undefined;

/** Whole numbers between the hints, or from 1; `most` is a default that looks like data, not the type's limit. */
const whole =
  (most: number): Maker =>
  (purpose) => {
    const { hint, choice, n, after } = purpose;
    const min = Math.ceil(hint.min ?? ((hint.max ?? 1) >= 1 ? 1 : (hint.max ?? 1) - most));
    const max = Math.floor(hint.max ?? Math.max(most, min + most));
    if (choice === 'fresh') return `${after ?? min - 1} + ${n}`;
    return `${min} + ${index(Math.max(1, max - min + 1), { choice, n }).replace(/::int$/u, '::int8')}`;
  };

const fraction: Maker = ({ hint, choice, n, after }, { precision, scale }) => {
  if (choice === 'fresh') return `${after ?? Math.ceil(hint.min ?? 0)} + ${n}`;
  const places = scale ?? 2;
  const roof = precision === undefined ? 100_000 : 10 ** (precision - places) - 10 ** -places;
  const min = hint.min ?? Math.min(0, hint.max ?? 0);
  const max = hint.max ?? Math.max(min, Math.min(roof, min + 10_000));
  return `round((${min} + random() * ${Math.min(max, roof) - min})::numeric, ${places})`;
};

const moment =
  (fresh: (n: string) => string, any: string): Maker =>
  ({ choice, n, column }) => {
    if (choice !== 'random') return fresh(n);
    return /birth|dob/u.test(column.toLowerCase()) ? "date '1950-01-01' + floor(random() * 20000)::int" : any;
  };

const recently = "date_trunc('second', now() - random() * interval '700 days')";
const seconds = (n: string): string => `timestamp '2015-01-01' + ${n} * interval '1 second'`;
const timestampMaker = moment(seconds, recently);
const json: Maker = ({ n }) => `json_build_object('number', ${n}, 'note', md5(${n}::text))`;
const md5Bits = (n: string, length: number): string =>
  `left(repeat(('x' || md5(${n}::text))::bit(128)::text, ${Math.ceil(length / 128)}), ${length})`;
const bits: Maker = ({ n }, { length }) => md5Bits(n, length ?? 1);
const bytes: Maker = ({ n, hint }) => {
  const length = Math.min(Math.max(16, hint.minLength ?? 0), hint.maxLength ?? Infinity);
  return `substr(decode(repeat(md5(${n}::text), ${Math.ceil(length / 16)}), 'hex'), 1, ${length})`;
};
const point = (n: string): string => `point(${n} % 360, random() * 90)`;

const baseMakers: Readonly<Record<string, Maker>> = {
  bool: (purpose) => `(${index(2, purpose)}) = 0`,
  int2: whole(1000),
  int4: whole(100_000),
  int8: whole(1_000_000),
  oid: whole(100_000),
  numeric: fraction,
  money: (purpose, type) => `(${fraction(purpose, { ...type, scale: 2 })})::numeric`,
  float4: fraction,
  float8: fraction,
  text: textExpression,
  varchar: textExpression,
  bpchar: textExpression,
  citext: textExpression,
  name: (purpose, type) => textExpression(purpose, { ...type, length: 63 }),
  char: () => 'chr(97 + floor(random() * 26)::int)',
  bytea: bytes,
  uuid: () => 'gen_random_uuid()',
  date: moment((n) => `date '1970-01-01' + ${n}::int`, 'current_date - floor(random() * 700)::int'),
  timestamp: timestampMaker,
  timestamptz: timestampMaker,
  time: moment(
    (n) => `time '00:00' + ${n} * interval '1 second'`,
    "time '00:00' + random() * interval '24 hours'",
  ),
  timetz: () => "(time '00:00' + random() * interval '24 hours')",
  interval: ({ n }) => `${n} * interval '1 second'`,
  json,
  jsonb: json,
  xml: ({ n }) => `xmlelement(name item, ${n})`,
  inet: ({ n }) => `'10.0.0.0'::inet + (${n} % 16777216)`,
  cidr: ({ n }) => `host('10.0.0.0'::inet + (${n} % 16777216)) || '/32'`,
  macaddr: ({ n }) => `left(md5(${n}::text), 12)`,
  macaddr8: ({ n }) => `left(md5(${n}::text), 16)`,
  bit: bits,
  varbit: bits,
  point: ({ n }) => point(n),
  lseg: ({ n }) => `lseg(${point(n)}, ${point(n)})`,
  line: ({ n }) => `line(point(${n}, 0), point(${n} + 1, 1))`,
  box: ({ n }) => `box(${point(n)}, ${point(n)})`,
  path: ({ n }) => `path(polygon(box(${point(n)}, ${point(n)})))`,
  polygon: ({ n }) => `polygon(box(${point(n)}, ${point(n)}))`,
  circle: ({ n }) => `circle(${point(n)}, 1 + random())`,
  tsvector: (purpose) => `to_tsvector('simple', ${naturalWords(purpose)})`,
  tsquery: (purpose) => `plainto_tsquery('simple', ${naturalWords(purpose)})`,
  pg_lsn: ({ n }) => `'0/0'::pg_lsn + ${n}`,
  hstore: ({ n }) => `'number=>' || ${n}`,
  ltree: ({ n }) => `'top.n' || ${n}`,
};

const naturalWords = (purpose: Purpose): string => `md5(${purpose.n}::text) || ' rehearsal'`;
