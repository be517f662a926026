import type { InheritedForeignKey, InheritedIndex } from '../../catalog/inherited.ts';
import { brief, columnsGone } from '../../plan/brief.ts';
import type { Brief, Phase, Phases, Unit } from '../../plan/plan.ts';
import { emptyPhase } from '../../plan/plan.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { PairPlan } from '../dual-write.ts';
import { createFunction, dropFunction } from './computed.ts';
import { conversionOf } from './conversion.ts';
import { defaultActions } from './default-of.ts';
import { endNewWins, endPair, newWins, startPair } from './dual-write.ts';
import { addIndexAction } from './indexes.ts';
import { addKey, dropKey, withoutKeyChecks } from './key-statements.ts';
import { identifier } from './quote.ts';
import { alterTable, noteUnit } from './settled.ts';
import { charsetsOf, placesOf, sidesOf, type NewPlace, type Places } from './switch-sides.ts';

/**
 * The phases of a switch between two sides of columns. A trigger does not follow a column that is renamed, so the old ones cannot be
 * set aside: there is no quarantine. The new ones cannot be seen by who names no columns, until the old ones have gone.
 */
export function switchPhases(plan: PairPlan): Phases {
  const { pair } = plan;
  const places = placesOf(plan);
  const sides = sidesOf(plan, places);
  const next = namesOf(places.new);
  const alter: Alter = (does, action) => alterTable(does, pair.table, action);
  const old = places.old.map(({ column: { name } }) => name);
  return {
    expand: expand(plan, places, alter),
    'dual-write': dualWrite(plan, places, alter),
    backfill: emptyPhase,
    verify: verify(plan, places, alter),
    'read-switch': {
      run: [noteUnit(`that ${next} ${wins(places)}`), ...newWins(pair, sides)],
      undo: endNewWins(pair),
    },
    confidence: emptyPhase,
    contract: {
      run: contract(plan, places, alter),
      undo: columnsGone(pair.table, old),
    },
  };
}

type Alter = (does: string, action: string) => Brief;

const namesOf = (places: readonly NewPlace[]): string => places.map(({ name }) => name).join(', ');

const wins = ({ new: next }: Places): string => (next.length > 1 ? 'win' : 'wins');
const takes = ({ new: next }: Places): string => (next.length > 1 ? 'take over' : 'takes over');

/**
 * A cascade fires no trigger: a key that writes rows stands over the new column before that has its first value, so that both get what it
 * writes. The batches ask no key (see passing.ts): whoever takes away what rows refer to waits for no batch that waits for it.
 */
function expand(plan: PairPlan, places: Places, alter: Alter): Phase {
  const { table } = plan.pair;
  const { keys, indexes } = builtEarly(plan);
  return {
    run: [
      ...places.new.map((place) => alter(`add ${place.name}`, added(place))),
      ...indexes.map((index) => buildOf(index, alter)),
      ...keys.map((key) => addOf(key, table)),
    ],
    undo: [
      ...keys.toReversed().map(({ as }) => endOfKey(plan, as)),
      ...indexes.toReversed().map((index) => unbuildOf(index, alter)),
      ...places.new.toReversed().map(({ name }) => alter(`drop ${name}`, `DROP COLUMN ${identifier(name)}`)),
    ],
  };
}

const added = ({ name, type, comment }: NewPlace): string =>
  `ADD COLUMN ${identifier(name)} ${type} NULL${comment} INVISIBLE`;

function dualWrite(plan: PairPlan, places: Places, alter: Alter): Phase {
  const { pair } = plan;
  const conversion = conversionOf(pair, charsetsOf(plan));
  const functions = conversion === undefined ? [] : [...conversion.up, ...conversion.down];
  const given = places.new.flatMap(givenFirst);
  return {
    run: [
      noteUnit('that the dual write begins'),
      ...given.map(({ gives, give }) => alter(gives, give)),
      ...functions.map((each) => createFunction(each)),
      ...startPair(
        pair,
        sidesOf(plan, places),
        keysOf(plan).some(({ writes }) => writes),
      ),
    ],
    undo: [
      ...endPair(pair),
      ...functions.map((each) => dropFunction(each)),
      ...given.map(({ takes: takesBack, take }) => alter(takesBack, take)),
    ],
  };
}

/** What a column has by itself before the triggers ask for it: they tell by it what a statement has named. */
function givenFirst(place: NewPlace) {
  const { name, type, comment, otherwise, touches } = place;
  if (touches !== '')
    return [
      {
        gives: `let every UPDATE set ${name}`,
        give: written(place, 'NULL'),
        takes: `let no UPDATE set ${name}`,
        take: written({ ...place, otherwise: null, touches: '' }, 'NULL'),
      },
    ];
  if (otherwise === null) return [];
  const actions = defaultActions({ column: name, type, rest: `${comment} INVISIBLE` }, otherwise);
  return [{ gives: `give ${name} its default`, takes: `take the default from ${name}`, ...actions }];
}

const written = ({ name, type, otherwise, touches, comment }: NewPlace, is: 'NULL' | 'NOT NULL'): string =>
  `MODIFY COLUMN ${identifier(name)} ${type}${otherwise === null ? '' : ` DEFAULT ${otherwise}`}${touches}${comment} INVISIBLE ${is}`;

/** Those of the old columns to others; what is left behind has none. */
const keysOf = ({ built }: PairPlan): readonly InheritedForeignKey[] =>
  built.constraints.filter((each) => each.kind === 'foreign key');

const endOfKey = ({ pair: { table } }: PairPlan, name: string): Brief =>
  brief(`drop ${name}`, 'metadata', [dropKey(table, name)]);

const buildOf = (index: InheritedIndex, alter: Alter): Brief =>
  alter(`build ${index.as}`, addIndexAction({ ...index, name: index.as }));

const unbuildOf = ({ as }: InheritedIndex, alter: Alter): Brief =>
  alter(`drop ${as}`, `DROP INDEX ${identifier(as)}`);

/** Each row has the old column's value there, which the old key holds, or none yet. */
const addOf = ({ as, definition }: InheritedForeignKey, table: TableName): Brief =>
  brief(`add ${as}`, 'metadata', withoutKeyChecks([addKey(table, as, definition)]));

interface Built {
  readonly indexes: readonly InheritedIndex[];
  readonly keys: readonly InheritedForeignKey[];
}

/** Keys that write rows, and an index that they need. */
function builtEarly(plan: PairPlan): Built {
  const keys = keysOf(plan).filter(({ writes }) => writes);
  const columns = plan.pair.new.map(({ column }) => identifier(column)).join(', ');
  const leading = plan.built.indexes.find(({ definition }) =>
    /^[,)]/u.test(behind(`(${columns}`, definition)),
  );
  return { keys, indexes: keys.length === 0 || leading === undefined ? [] : [leading] };
}

const behind = (beginning: string, text: string): string =>
  text.startsWith(beginning) ? text.slice(beginning.length) : '';

function builtLate(plan: PairPlan): Built {
  const early = builtEarly(plan);
  return {
    keys: keysOf(plan).filter(({ writes }) => !writes),
    indexes: plan.built.indexes.filter((index) => !early.indexes.includes(index)),
  };
}

function verify(plan: PairPlan, places: Places, alter: Alter): Phase {
  const { table } = plan.pair;
  const required = places.new.filter(({ notNull }) => notNull);
  const { keys, indexes } = builtLate(plan);
  return {
    run: [
      noteUnit(`that ${namesOf(places.new)} ${takes(places)}`),
      ...required.map((place) => alter(`set ${place.name} NOT NULL`, written(place, 'NOT NULL'))),
      ...indexes.map((index) => buildOf(index, alter)),
      ...keys.map((key) => addOf(key, table)),
    ],
    undo: [
      ...keys.toReversed().map(({ as }) => endOfKey(plan, as)),
      ...indexes.toReversed().map((index) => unbuildOf(index, alter)),
      ...required
        .toReversed()
        .map((place) => alter(`let ${place.name} be NULL again`, written(place, 'NULL'))),
    ],
  };
}

/**
 * Nobody may write the old columns any more. First goes what could set the new ones from them; what follows the new ones stays
 * until the old ones' unique indexes have gone, which would refuse rows that are equal in them alone. The foreign keys go before the
 * indexes, which they need, and those before the columns: MySQL would leave indexes of fewer columns.
 */
function contract(plan: PairPlan, places: Places, alter: Alter): readonly Unit[] {
  const { pair, built } = plan;
  const conversion = conversionOf(pair);
  const indexes = [
    ...built.indexes.map(({ name }) => name),
    ...built.leftBehind.filter(({ what }) => what === 'index').map(({ name }) => name),
  ];
  const functions = conversion === undefined ? [] : [...conversion.up, ...conversion.down];
  return [
    ...endPair(pair),
    ...keysOf(plan).map(({ name }) => endOfKey(plan, name)),
    ...indexes.map((name) => alter(`drop ${name}`, `DROP INDEX ${identifier(name)}`)),
    ...places.old
      .filter(({ column, parts }) => column.notNull && parts.default === null)
      .map(({ column: { name, type } }) =>
        alter(`let ${name} be left out`, `ALTER COLUMN ${identifier(name)} SET DEFAULT ${dummy(type)}`),
      ),
    ...endNewWins(pair),
    ...functions.map((each) => dropFunction(each)),
    ...places.old.map(({ column: { name } }) => alter(`drop ${name}`, `DROP COLUMN ${identifier(name)}`)),
    ...places.new
      .filter(({ staysInvisible }) => !staysInvisible)
      .map(({ name }) => alter(`show ${name}`, `ALTER COLUMN ${identifier(name)} SET VISIBLE`)),
  ];
}

/** What nobody reads any more: the column goes at once. */
function dummy(type: string): string {
  if (/^(?:tiny|medium|long)?(?:text|blob)/iu.test(type)) return "(CONCAT(''))";
  if (/^json/iu.test(type)) return '(JSON_ARRAY())';
  if (/^(?:date|timestamp)/iu.test(type)) return "'2000-01-01'";
  if (/^time/iu.test(type)) return "'00:00:00'";
  if (/^year/iu.test(type)) return '2000';
  const label = /^enum\((?<first>'(?:[^']|'')*')/iu.exec(type)?.groups?.['first'];
  return label ?? (/^(?:(?:tiny|small|medium|big)?int|decimal|float|double|bit)\b/iu.test(type) ? '0' : "''");
}
