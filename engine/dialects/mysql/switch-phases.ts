import type { Column } from '../../catalog/facts.ts';
import type { Brief, Phases, Unit } from '../../plan/plan.ts';
import { nothing } from '../../plan/plan.ts';
import type { PairPlan } from '../dual-write.ts';
import { addIndexAction } from './indexes.ts';
import { partsOf, type DefinitionParts } from './definition.ts';
import { endNewWins, endPair, newWins, startPair, type Side, type Sides } from './dual-write.ts';
import { identifier } from './quote.ts';
import { altering } from './settled.ts';

/**
 * The phases of a switch between two columns. A trigger does not follow a column that is renamed, so the old one cannot be
 * set aside: there is no quarantine. The new one cannot be seen by who names no columns, until the old one has gone.
 */
export function switchPhases(plan: PairPlan): Phases {
  const { pair, built } = plan;
  const { table } = pair;
  const { old, next, parts } = placesOf(plan);
  const alter = (does: string, action: string): Brief => altering(does, table, action);
  const column = identifier(next);
  const written = (is: 'NULL' | 'NOT NULL', value: string | null): string =>
    `MODIFY COLUMN ${column} ${old.type}${parts.charset}${value === null ? '' : ` DEFAULT ${value}`}${parts.comment} INVISIBLE ${is}`;
  // Only MODIFY takes CURRENT_TIMESTAMP.
  const defaultTo = (value: string | null): string =>
    parts.default?.startsWith('CURRENT_TIMESTAMP') === true
      ? written('NULL', value)
      : `ALTER COLUMN ${column} SET DEFAULT ${value ?? 'NULL'}`;
  const added = `ADD COLUMN ${column} ${old.type}${parts.charset} NULL${parts.comment} INVISIBLE`;
  const sides = sidesOf(plan, parts);
  return {
    expand: { run: [alter(`add ${next}`, added)], undo: [alter(`drop ${next}`, `DROP COLUMN ${column}`)] },
    'dual-write': {
      run: [
        noted('that the dual write begins'),
        ...otherwise(parts, (value) => alter(`give ${next} its default`, defaultTo(value))),
        ...startPair(pair, sides),
      ],
      undo: [
        ...endPair(pair),
        ...otherwise(parts, () => alter(`take the default from ${next}`, defaultTo(null))),
      ],
    },
    backfill: nothing,
    verify: {
      run: [
        noted(`that ${next} takes over`),
        ...(old.notNull ? [alter(`set ${next} NOT NULL`, written('NOT NULL', parts.default))] : []),
        ...built.indexes.map((index) =>
          alter(`build ${index.as}`, addIndexAction({ ...index, name: index.as })),
        ),
      ],
      undo: [
        ...built.indexes.toReversed().map(({ as }) => alter(`drop ${as}`, `DROP INDEX ${identifier(as)}`)),
        ...(old.notNull ? [alter(`let ${next} be NULL again`, written('NULL', parts.default))] : []),
      ],
    },
    'read-switch': { run: [noted(`that ${next} wins`), ...newWins(pair, sides)], undo: endNewWins(pair) },
    confidence: nothing,
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

const otherwise = ({ default: value }: DefinitionParts, make: (value: string) => Unit): readonly Unit[] =>
  value === null ? [] : [make(value)];

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
  readonly parts: DefinitionParts;
}

function placesOf({ pair, old: [old] }: PairPlan): Places {
  const next = pair.new[0]?.column;
  const parts = old === undefined || old.definition === null ? undefined : partsOf(old.definition, old.type);
  if (old === undefined || next === undefined || parts === undefined)
    throw new Error(`compiling before the refusals were asked: ${pair.migration}`);
  return { old, next, parts };
}

function sidesOf(plan: PairPlan, { default: value }: DefinitionParts): Sides {
  const { old, next } = placesOf(plan);
  const side = (column: string): Side => ({
    column,
    type: old.type,
    plain: old.plain,
    notNull: old.notNull,
    default: value === null ? null : { expression: value, varies: 'never' },
  });
  return { old: side(old.name), new: side(next) };
}
