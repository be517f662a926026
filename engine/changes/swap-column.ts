import type { Column } from '../catalog/catalog.ts';
import type { Inheritance } from '../catalog/inherited.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Pair, PairColumn } from '../dialects/dual-write.ts';
import type { ExpectedTable } from '../plan/expected.ts';
import { emptyPhase, type Phase } from '../plan/plan.ts';
import { exchangedNames, walksAroundSwap } from './exchanged-names.ts';
import { identityWarnings, lendIdentity, widenIdentity } from './identity.ts';
import type { CompiledChange, Subject } from './kind.ts';
import { ownConstraints } from './expectations.ts';
import { phasesUntilVerified } from './pair-phases.ts';
import { partitionedWarnings, partitionIndexWarnings } from './partitioned-refusals.ts';
import { shortSequences } from './taken-counters.ts';
import { movedIdentity, moveParts, referencesReplaced, takenKey, takePrimaryKey } from './taken-parts.ts';
import { plannedPair, type PlannedPair } from './replace-column.ts';
import { keyWarnings, swapWarnings } from './replacement-warnings.ts';
import type { Retyping } from './retyping.ts';
import { brief } from '../plan/brief.ts';

/** A column that takes the place and the name of another: nobody has to move, and nobody has to know. */
export function swapColumn(retyping: Retyping, subject: Subject, inheritance: Inheritance): CompiledChange {
  const { up, down, replacement } = retyping;
  const { sql, table } = subject;
  const pairs = plannedPair(replacement, subject, inheritance);
  const { old, next, plan, expects } = pairs;
  const aside = sql.columns.asideName(old.name, 'old');
  const after = exchanged(pairs, retyping, sql);
  return {
    shape: {
      kind: 'columns',
      old: { table, columns: [{ name: old.name, type: old.type }] },
      new: { table, columns: [{ name: next.column, type: next.type }] },
      up: [up],
      down: [down],
      quarantined: [aside],
      keepsNames: true,
    },
    phases: {
      ...phasesUntilVerified(plan, sql),
      swap: swap(pairs, { after, aside, sql }),
      confidence: emptyPhase,
      contract: contract(pairs, { after, aside, sql }),
    },
    walks: walksAroundSwap(sql.walk.pair(plan.pair), sql.walk.pair(after)),
    warnings: [
      ...partitionedWarnings(next.column, subject),
      ...partitionIndexWarnings(inheritance.indexes, subject),
      ...swapWarnings(replacement, subject, inheritance),
      ...keyWarnings(inheritance, true),
      ...identityWarnings(old, 'swap'),
      ...shortSequences(old, next.type),
    ],
    expects: lasting(expects, old, {
      ...inheritance,
      triggers: [...expects.triggers, ...sql.dualWrite.byPosition.triggers(after)],
    }),
    expectsBeforeSwap: expects,
  };
}

const called = (columns: readonly PairColumn[], column: string): readonly PairColumn[] =>
  columns.map((each) => ({ ...each, column }));

/** The pair as it is called once the names are exchanged. */
function exchanged(
  { next, plan: { pair } }: PlannedPair,
  { up, down, replacement }: Retyping,
  sql: Dialect,
): Pair {
  const { table } = pair;
  const name = replacement.from;
  const aside = sql.columns.asideName(name, 'old');
  return {
    ...pair,
    // What the key's column holds then is of the new type.
    key: pair.key.map((each) => (each.name === name ? { ...each, type: next.type } : each)),
    old: called(pair.old, aside),
    new: called(pair.new, name),
    conversion: { up: [sql.columns.underAlias({ table, name: aside, as: name }, up)], down: [down] },
  };
}

interface Exchange {
  readonly after: Pair;
  readonly aside: string;
  readonly sql: Dialect;
}

/**
 * One lock, in which all names change at once. Who reads by the name must find every row filled. The column comes first, and takes the strongest lock: what follows must not
 * wait for a stronger one.
 */
function swap({ old, next, plan: { pair, built } }: PlannedPair, { after, aside, sql }: Exchange): Phase {
  const { table } = pair;
  const [name, fresh] = [old.name, next.column];
  // What two columns have in common stays; a sequence must count once for each row.
  const moved =
    next.default?.varies === 'at each call' && next.default.isIdentity !== true
      ? next.default.expression
      : null;
  const owned = old.sequence === null ? [] : [sql.columns.ownSequence(table, name, old.sequence.name)];
  const here = { name: aside, type: old.type };
  const lend = { table, from: here, to: { name, type: next.type } };
  const giveBack = { table, from: { name: fresh, type: next.type }, to: { name, type: old.type } };
  const defaults = (from: string, expression: string): readonly string[] =>
    moved === null
      ? []
      : [sql.columns.dropDefault(table, from), sql.columns.setDefault(table, name, expression)];
  return {
    run: [
      brief(
        `${name} is ${next.type} from now on; the old one is kept fresh as ${aside}${movedIdentity(built, 'name')}`,
        'ACCESS EXCLUSIVE',
        [
          ...sql.dualWrite.filledForAll(pair.migration),
          sql.columns.rename(table, name, aside),
          sql.columns.rename(table, fresh, name),
          ...moveParts(pair, built, 'as', sql),
          ...exchangedNames(table, built, sql),
          ...defaults(aside, moved ?? ''),
          ...lendIdentity(old, lend, sql),
          ...owned,
          ...sql.dualWrite.setAuthority(after, 'swapped'),
          ...sql.dualWrite.byPosition.start(after),
        ],
      ),
    ],
    undo: [
      brief(`${name} is ${old.type} again; the new one is kept fresh as ${fresh}`, 'ACCESS EXCLUSIVE', [
        sql.columns.rename(table, name, fresh),
        sql.columns.rename(table, aside, name),
        ...exchangedNames(table, built, sql),
        ...moveParts(pair, built, 'name', sql),
        ...defaults(fresh, old.default ?? ''),
        ...lendIdentity(old, giveBack, sql),
        ...owned,
        ...sql.dualWrite.byPosition.end(pair),
        ...sql.dualWrite.setAuthority(pair, 'old'),
      ]),
    ],
  };
}

/** A sequence counts as far as the old column until then: it could not be brought back from beyond. */
function contract({ old, next, plan: { pair, built } }: PlannedPair, { aside, sql }: Exchange): Phase {
  const { table } = pair;
  return {
    run: [
      ...referencesReplaced(built, sql),
      brief(`end the dual write and drop ${aside}${takenKey(built)}`, 'ACCESS EXCLUSIVE', [
        ...sql.dualWrite.byPosition.end(pair),
        ...sql.dualWrite.endPair(pair, [aside]),
        ...(old.sequence === null ? [] : sql.columns.widenSequence(next.type, old.sequence)),
        ...widenIdentity(old, { table, type: next.type }, sql),
        ...sql.columns.drop(table, aside).statements,
        ...takePrimaryKey(table, built, 'name', sql),
      ]),
    ],
    undo: { irreversible: `${table.name}.${old.name} was ${old.type}` },
  };
}

/** What is built before the exchange, under the names that it has afterwards. */
const lasting = (
  before: ExpectedTable,
  old: Column,
  {
    indexes,
    constraints,
    statistics,
    triggers,
  }: Pick<Inheritance, 'indexes' | 'constraints' | 'statistics'> & Pick<ExpectedTable, 'triggers'>,
): ExpectedTable => ({
  ...before,
  triggers,
  columns: before.columns.map((column) => ({ ...column, name: old.name })),
  indexes: indexes.map(({ name, unique, lasting: definition }) => ({ name, unique, definition })),
  constraints: [
    ...indexes.filter(({ constraint }) => constraint).map(({ name }) => ({ name, valid: true })),
    ...ownConstraints(constraints).map(({ name, valid }) => ({ name, valid })),
  ],
  statistics: statistics.map(({ name }) => name),
  replicaIdentity: indexes.find(({ identity, byDefault }) => identity && !byDefault)?.name ?? null,
});
