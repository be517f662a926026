import type { Column } from '../../catalog/facts.ts';
import type { Brief, Phases, Unit } from '../../plan/plan.ts';
import { emptyPhase } from '../../plan/plan.ts';
import type { PairPlan } from '../dual-write.ts';
import { charsetOf, conversionOf, createConversions, dropConversions } from './conversion.ts';
import { addIndexAction } from './indexes.ts';
import { asNumber, partsOf, type DefinitionParts } from './definition.ts';
import { endNewWins, endPair, newWins, startPair, type Side, type Sides } from './dual-write.ts';
import { identifier } from './quote.ts';
import { alterTable } from './settled.ts';

/**
 * The phases of a switch between two columns. A trigger does not follow a column that is renamed, so the old one cannot be
 * set aside: there is no quarantine. The new one cannot be seen by who names no columns, until the old one has gone.
 */
export function switchPhases(plan: PairPlan): Phases {
  const { pair, built } = plan;
  const { table } = pair;
  const { old, next, type, otherwise, parts } = placesOf(plan);
  const alter = (does: string, action: string): Brief => alterTable(does, table, action);
  const column = identifier(next);
  const written = (is: 'NULL' | 'NOT NULL', value: string | null): string =>
    `MODIFY COLUMN ${column} ${type}${value === null ? '' : ` DEFAULT ${value}`}${parts.comment} INVISIBLE ${is}`;
  // Only MODIFY takes CURRENT_TIMESTAMP.
  const defaultTo = (value: string | null): string =>
    otherwise !== null && /^(?:current_timestamp|now|localtimestamp)/iu.test(otherwise)
      ? written('NULL', value)
      : `ALTER COLUMN ${column} SET DEFAULT ${value ?? 'NULL'}`;
  const withDefault = (make: (value: string) => Unit): readonly Unit[] =>
    otherwise === null ? [] : [make(otherwise)];
  const added = `ADD COLUMN ${column} ${type} NULL${parts.comment} INVISIBLE`;
  const sides = sidesOf(plan);
  return {
    expand: { run: [alter(`add ${next}`, added)], undo: [alter(`drop ${next}`, `DROP COLUMN ${column}`)] },
    'dual-write': {
      run: [
        noted('that the dual write begins'),
        ...withDefault((value) => alter(`give ${next} its default`, defaultTo(value))),
        ...conversions(plan),
        ...startPair(pair, sides, plan.key),
      ],
      undo: [
        ...endPair(pair),
        ...conversionsEnd(plan),
        ...withDefault(() => alter(`take the default from ${next}`, defaultTo(null))),
      ],
    },
    backfill: emptyPhase,
    verify: {
      run: [
        noted(`that ${next} takes over`),
        ...(old.notNull ? [alter(`set ${next} NOT NULL`, written('NOT NULL', otherwise))] : []),
        ...built.indexes.map((index) =>
          alter(`build ${index.as}`, addIndexAction({ ...index, name: index.as })),
        ),
      ],
      undo: [
        ...built.indexes.toReversed().map(({ as }) => alter(`drop ${as}`, `DROP INDEX ${identifier(as)}`)),
        ...(old.notNull ? [alter(`let ${next} be NULL again`, written('NULL', otherwise))] : []),
      ],
    },
    'read-switch': { run: [noted(`that ${next} wins`), ...newWins(pair, sides)], undo: endNewWins(pair) },
    confidence: emptyPhase,
    contract: { run: contract(plan, alter), undo: { irreversible: `${table.name}.${old.name} is gone` } },
  };
}

/**
 * Nobody may write the old column any more. First goes what could set the new one from it; what follows the new one stays
 * until the old one's unique indexes have gone, which would refuse rows that are equal in it alone. The indexes go before the
 * column: MySQL would leave indexes of fewer columns.
 */
function contract(plan: PairPlan, alter: (does: string, action: string) => Brief): readonly Unit[] {
  const { pair, built } = plan;
  const { old, next, parts } = placesOf(plan);
  const gone = identifier(old.name);
  return [
    ...endPair(pair),
    ...built.indexes.map(({ name }) => alter(`drop ${name}`, `DROP INDEX ${identifier(name)}`)),
    ...(old.notNull && parts.default === null
      ? [alter(`let ${old.name} be left out`, `ALTER COLUMN ${gone} SET DEFAULT ${dummy(old.type)}`)]
      : []),
    ...endNewWins(pair),
    ...conversionsEnd(plan),
    alter(`drop ${old.name}`, `DROP COLUMN ${gone}`),
    ...(parts.isInvisible ? [] : [alter(`show ${next}`, `ALTER COLUMN ${identifier(next)} SET VISIBLE`)]),
  ];
}

/** Makes a rollback look for what a stopped phase has left. */
const noted = (what: string): Brief => ({
  kind: 'brief',
  does: `note ${what}`,
  lock: 'none',
  statements: [],
});

function conversions(plan: PairPlan): readonly Unit[] {
  const conversion = conversionOf(plan.pair);
  const [old, added] = [plan.old[0], plan.added[0]];
  if (conversion === undefined || old === undefined || added === undefined) return [];
  return createConversions(conversion, {
    old: { ...conversion.old, charset: charsetOf(old.collation) },
    new: { ...conversion.new, charset: charsetOf(added.collation) },
  });
}

function conversionsEnd({ pair }: PairPlan): readonly Unit[] {
  const conversion = conversionOf(pair);
  return conversion === undefined ? [] : dropConversions(conversion);
}

/** What nobody reads any more: the column goes at once. */
function dummy(type: string): string {
  if (/^(?:tiny|medium|long)?(?:text|blob)/iu.test(type)) return "(CONCAT(''))";
  if (/^json/iu.test(type)) return '(JSON_ARRAY())';
  if (/^date/iu.test(type)) return "'2000-01-01'";
  if (/^time/iu.test(type)) return "'00:00:00'";
  if (/^year/iu.test(type)) return '2000';
  const label = /^enum\((?<first>'(?:[^']|'')*')/iu.exec(type)?.groups?.['first'];
  return label ?? (/^(?:(?:tiny|small|medium|big)?int|decimal|float|double|bit)\b/iu.test(type) ? '0' : "''");
}

interface Places {
  readonly old: Column;
  readonly next: string;
  /** The new column's type as it is written. */
  readonly type: string;
  /** The new column's default. */
  readonly otherwise: string | null;
  readonly parts: DefinitionParts;
}

function placesOf({ pair, old: [old], added: [added] }: PairPlan): Places {
  const [next] = pair.new;
  const parts = old === undefined || old.definition === null ? undefined : partsOf(old.definition, old.type);
  if (old === undefined || next === undefined || added === undefined || parts === undefined)
    throw new Error(`compiling before the refusals were asked: ${pair.migration}`);
  const places = { old, next: next.column, parts };
  if (pair.conversion === null)
    return { ...places, type: `${old.type}${parts.charset}`, otherwise: parts.default };
  return {
    ...places,
    type: `${next.type}${charsetOf(added.collation)}`,
    otherwise: next.default === null ? null : asNumber(next.default.expression, next.type),
  };
}

function sidesOf(plan: PairPlan): Sides {
  const { old, next, otherwise, parts } = placesOf(plan);
  const side = (column: string, type: string, value: string | null): Side => ({
    column,
    type,
    plain: old.plain,
    notNull: old.notNull,
    default: value === null ? null : { expression: value, varies: 'never' },
  });
  return {
    old: side(old.name, old.type, parts.default),
    new: side(next, plan.pair.new[0]?.type ?? old.type, otherwise),
  };
}
