import * as z from 'zod';
import { column, indexFacts } from '../../catalog/facts.ts';
import type { InheritedFacts } from '../../catalog/inherited-facts.ts';
import { one, type Database } from '../../database/database.ts';
import { PreflightFailed, RowRefused, StatementRefused } from '../../database/errors.ts';
import type { Likeness } from '../inspector.ts';
import { describeColumns } from './catalog.ts';
import { characterSet } from './character-set.ts';
import { defaultActions } from './default-of.ts';
import { partsOf, type DefinitionParts } from './definition.ts';
import { heirIndexes, sameIndexes } from './heir-indexes.ts';
import { refuseUnheldDefault } from './held-default.ts';
import { heirKeys, keysOver, hasNoHeir } from './heir-keys.ts';
import { hiddenKeys } from './hidden-keys.ts';
import { describeHindrances } from './hindrances.ts';
import { describeIndexes } from './indexes.ts';
import { reasonsText, refusalOfAction, tryActions } from './ladder.ts';
import { isMoment, refuseType } from './pair.ts';
import { identifier, literal } from './quote.ts';
import { keepsValues } from './widening.ts';
import { isOfClock, isSteadyDefault, lostDefault } from './written-default.ts';

/** A column that takes another one's place, and is no column without a forerunner. */
type Successor = Omit<Likeness, 'from'> & { readonly from: string };

/** A column that is to take another one's place, and its indexes. Raises PreflightFailed. */
export async function inPlaceOf(database: Database, likeness: Successor): Promise<readonly InheritedFacts[]> {
  const { table, from, to, up } = likeness;
  const old = (await database.rows(describeColumns(table), column)).find(({ name }) => name === from);
  if (old === undefined) throw new Error(`no column ${from}`);
  // Under another name alone a value is never seen by an expression.
  const isHandedOn = up === null && isMoment(old.type);
  if (!isHandedOn) refuseType(table, from, old.type);
  const hindrances = await database.rows(describeHindrances(table, from), z.object({ what: z.string() }));
  const hidden = (await hiddenKeys(database, table, from)) ?? [];
  const keys = await keysOver(database, table, from);
  const parts = old.definition === null ? undefined : partsOf(old.definition, old.type);
  const indexes = (await database.rows(describeIndexes(table), indexFacts)).filter(({ columns }) =>
    columns.includes(from),
  );
  const reasons = [
    ...hindrances.map(({ what }) => what),
    ...hidden.map((what) => `the ${what} refers to it`),
    ...keys.flatMap((key) =>
      likeness.keysFollow === true
        ? (hasNoHeir(table, key) ?? [])
        : `the foreign key ${key.name} of ${table.name} is about it`,
    ),
    ...(parts === undefined
      ? [`it has an SRID, or ${lostDefault}`]
      : parts.default !== null && !isSteadyDefault(old.type, parts.default)
        ? [`its default ${parts.default} does not tell whether somebody has written it`]
        : []),
    ...(old.touched === true && up !== null ? ['it is set by every UPDATE'] : []),
  ];
  if (reasons.length > 0 || parts === undefined) throw notInPlaceOf(likeness, reasons);
  const type =
    up === null ? { type: old.type, collation: old.collation } : await addedType(database, likeness, parts);
  const uniques = indexes.filter(
    (index) => index.unique && (up === null || likeness.answers.index[index.name] !== 'drop'),
  );
  const converted = [
    ...uniques.map(
      ({ name }) => `the index ${name} is unique, and values that differ may be converted to the same`,
    ),
    ...keys.map(({ name }) => `of the foreign key ${name} it may be converted to what refers to nothing`),
  ];
  if (up !== null && converted.length > 0 && !keepsValues(from, up, old, type))
    throw notInPlaceOf(likeness, converted);
  if (!isHandedOn) refuseType(table, to, type.type);
  const heirs =
    up === null
      ? sameIndexes(indexes, from, to)
      : await heirIndexes(database, { ...likeness, type }, indexes);
  return [
    {
      kind: 'column',
      ...type,
      collates: type.collation,
      plain: old.plain,
      toastable: false,
      defaultVaries: 'never',
      oldDefaultVaries: 'never',
      upDefault:
        up === null || parts.default === null || likeness.default !== null
          ? null
          : await convertedDefault(database, { ...likeness, type: type.type }, parts.default, old.collation),
      typeDefault: null,
      rewrites: false,
      domainRules: [],
      oldRefusesNull: false,
      base: type.type,
      oldBase: old.type,
    },
    ...heirs,
    ...(await heirKeys(database, { table, from, to, type }, keys, heirs)),
  ];
}

const notInPlaceOf = ({ table, from }: Successor, reasons: readonly string[]): PreflightFailed =>
  new PreflightFailed(
    `MySQL: not supported yet: another column in the place of ${table.name}.${from}: ${reasons.join('; ')}. Nothing was changed.`,
  );

/** What the new column's type is, added to an empty copy. Text keeps the old column's character set where the author names none. */
async function addedType(
  database: Database,
  { table, to, type, default: otherwise }: Successor,
  { charset }: DefinitionParts,
): Promise<{ readonly type: string; readonly collation: string | null }> {
  const isText = /^(?:(?:var)?char|character|(?:tiny|medium|long)?text|enum|set)\b/iu.test(type);
  const full = isText && !/\b(?:charset|character\s+set|collate)\b/iu.test(type) ? `${type}${charset}` : type;
  // Its default comes behind it, as in the migration.
  const defaults =
    otherwise === null ? [] : [defaultActions({ column: to, type: full, rest: '' }, otherwise).give];
  const [tried, ...given] = await tryActions(
    database,
    table,
    [`ADD COLUMN ${identifier(to)} ${full} NULL`, ...defaults].map((sql) => ({ sql, name: to })),
  );
  const says = [...(tried === undefined ? [] : [tried]), ...given].map(refusalOfAction).find(Boolean);
  if (says !== undefined) throw new StatementRefused(says);
  if (tried?.step === null)
    throw new PreflightFailed(
      `MySQL cannot add ${table.name}.${to} beside the traffic (${reasonsText(tried)}). It would copy the table under a lock, which is never done. Nothing was changed.`,
    );
  if (tried?.column == null) throw new Error(`the column ${to} has not come`);
  if (otherwise !== null) await refuseUnheldDefault(database, tried.column, otherwise);
  return { type: tried.column.type, collation: tried.column.collation };
}

/** The old default, converted; null where it is none that is the same for everybody, or is none once converted. */
async function convertedDefault(
  database: Database,
  { from, type, up }: Successor,
  otherwise: string,
  collation: string | null,
): Promise<string | null> {
  if (isOfClock(otherwise)) return null;
  // Bytes are those of the column's own character set, and not of this session's.
  const old = collation === null ? otherwise : `CONVERT(${otherwise} USING ${characterSet(collation)})`;
  const value = `(SELECT (${up ?? ''}) FROM (SELECT ${old} AS ${identifier(from)}) AS old)`;
  const isBytes = /blob/iu.test(type);
  // What a value is no default for is asked of the author.
  const read = isBytes
    ? `HEX(${value})`
    : /^json/iu.test(type)
      ? `IF(JSON_VALID(${value}), CAST(${value} AS CHAR), NULL)`
      : `CAST(${value} AS CHAR)`;
  const converted = await valueOf(database, read);
  if (converted === null) return null;
  return isBytes ? `X'${converted}'` : literal(converted);
}

/** Null where it cannot be computed, too. */
async function valueOf(database: Database, expression: string): Promise<string | null> {
  const text = `SELECT JSON_OBJECT('value', ${expression})`;
  try {
    return (await one(database, { text, catalogOnly: true }, z.object({ value: z.string().nullable() })))
      .value;
  } catch (error) {
    if (error instanceof RowRefused) return null;
    throw error;
  }
}
