import { brief } from '../../plan/brief.ts';
import type { Database } from '../../database/database.ts';
import { phaseNames, type Brief, type Online, type Phase, type Phases, type Unit } from '../../plan/plan.ts';
import type { Fault } from '../../spec/fault.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { SettledPhases } from '../inspector.ts';
import { isQuick } from './authored/alter-forms.ts';
import { indexDefinition } from './index-definition.ts';
import { reasonsText, refusalOfAction, tryActions, type Action, type TriedStep } from './ladder.ts';
import { rungs } from './ladder-procedure.ts';
import { literal, qualifiedName } from './quote.ts';
import { isRunning, tag } from './running-statement.ts';
import { onlineCall } from './units.ts';

/** A change of a table as this dialect writes it, before anybody knows how MySQL does it. */
export const alterTable = (does: string, table: TableName, action: string): Brief =>
  brief(does, 'metadata', [`${beginningOf(table)}${action}`]);

/** Makes a rollback look for what a stopped phase has left. */
export const noteUnit = (what: string): Brief => brief(`note ${what}`, 'none', []);

export const beginningOf = (table: TableName): string => `ALTER TABLE ${qualifiedName(table)}\n  `;

interface Open {
  readonly unit: Brief;
  readonly action: Action;
  readonly isUndo: boolean;
}

interface Refused {
  readonly tried: TriedStep;
  readonly fault: Fault;
}

/**
 * Finds out, on an empty copy of the table, how MySQL does each change of it, in the order in which a migration and its way
 * back do them: at once, or beside the traffic, which is watched. What would copy the table under a lock is refused.
 */
export async function settledPhases(
  database: Database,
  migration: string,
  table: TableName,
  phases: Phases,
): Promise<SettledPhases> {
  const open = unitsInOrder(phases).flatMap(({ unit, isUndo }) => openUnit(unit, isUndo, table));
  const actions = open.map(({ action }) => action);
  const tried = actions.length === 0 ? [] : await tryActions(database, table, actions);
  // What was tried twice is as it was the first time.
  const found = new Map(
    open.map((each, at) => [each.unit, { ...each, tried: tried[at] }] as const).toReversed(),
  );
  const faults: Refused[] = [];
  const warnings: string[] = [];
  const settle = (unit: Unit): Unit => {
    const its = unit.kind === 'brief' ? found.get(unit) : undefined;
    if (its?.tried === undefined) return asLocked(unit);
    const { step } = its.tried;
    if (step === null) {
      faults.push({ tried: its.tried, fault: refusal(its, its.tried) });
      return unit;
    }
    warnings.push(...stepText(unit, its.tried));
    return step === rungs[0] || isQuick(its.action.sql)
      ? { ...its.unit, lock: 'metadata', statements: [`${beginningOf(table)}${its.action.sql},\n  ${step}`] }
      : beside(migration, table, { ...its, tried: its.tried });
  };
  const settled = mapUnits(phases, settle);
  return faults.length > 0 ? { refused: firstFaults(faults) } : { phases: settled, warnings };
}

// Of what a step before has not made, for it was refused itself: no such column, in a key or at all.
const consequences: ReadonlySet<number> = new Set([1054, 1072, 1091]);

/** Without those that only follow from others: a copy that a step was refused on lacks what the next ones are about. */
const firstFaults = (faults: readonly Refused[]): readonly Fault[] =>
  faults
    .filter(({ tried }, at) => at === 0 || !tried.refused.some(({ code }) => consequences.has(code)))
    .map(({ fault }) => fault);

/** MySQL has one strongest lock of a table, whatever the change calls it. */
const asLocked = (unit: Unit): Unit =>
  unit.kind === 'brief' && unit.lock !== 'none' ? { ...unit, lock: 'metadata' } : unit;

interface Placed {
  readonly unit: Unit;
  readonly isUndo: boolean;
}

/** As a migration does them up to where there is no way back, then as its way back does; then forward again, and to its end. */
function unitsInOrder(phases: Phases): readonly Placed[] {
  const lived = phaseNames.flatMap((name) => phases[name] ?? []);
  const end = lived.findIndex(({ undo }) => 'irreversible' in undo);
  const forward = ofUnits(lived.flatMap(({ run }) => run));
  const undone = lived.toReversed().flatMap(({ undo }) => ('irreversible' in undo ? [] : undo));
  const back = undone.map((unit) => ({ unit, isUndo: true }));
  if (end < 0) return [...forward, ...back];
  const reversible = ofUnits(lived.slice(0, end).flatMap(({ run }) => run));
  return [...reversible, ...back, ...forward];
}

const ofUnits = (units: readonly Unit[]): readonly Placed[] => units.map((unit) => ({ unit, isUndo: false }));

function mapUnits(phases: Phases, settle: (unit: Unit) => Unit): Phases {
  const mapped = ({ run, undo }: Phase): Phase => ({
    run: run.map(settle),
    undo: 'irreversible' in undo ? undo : undo.map(settle),
  });
  return Object.fromEntries(
    phaseNames.flatMap((name) => {
      const phase = phases[name];
      return phase === undefined ? [] : [[name, mapped(phase)] as const];
    }),
  );
}

const named =
  /^(?<verb>(?:ADD|ALTER|DROP|MODIFY|RENAME) COLUMN|(?:ADD|ADD UNIQUE|ADD FULLTEXT|ADD SPATIAL|DROP) INDEX) `(?<name>(?:[^`]|``)+)`/u;

function openUnit(unit: Unit, isUndo: boolean, table: TableName): readonly Open[] {
  const isOpen =
    unit.kind === 'brief' &&
    unit.statements.length === 1 &&
    unit.statements[0]?.startsWith(beginningOf(table)) === true &&
    // It says by itself how it is done.
    !unit.statements[0].endsWith(rungs[1]);
  return isOpen ? [{ unit, action: actionOf(unit, table), isUndo }] : [];
}

/** The change that a unit of `alterTable` is. */
export function actionOf({ statements: [statement = ''] }: Brief, table: TableName): Action {
  const sql = statement.slice(beginningOf(table).length);
  const name = named.exec(sql)?.groups?.['name']?.replaceAll('``', '`');
  if (name === undefined && isQuick(sql)) return { sql, name: '' };
  if (name === undefined)
    throw new Error(`a change of a table that nobody knows how to watch: ${sql.slice(0, 40)}`);
  return { sql, name };
}

function beside(
  migration: string,
  table: TableName,
  { unit, action, tried }: Open & { readonly tried: TriedStep },
): Online {
  return besideTraffic(migration, table, {
    does: unit.does,
    action: action.sql,
    scans: action.sql.startsWith('DROP INDEX') ? 0 : 1,
    doneWhen: doneWhen(table, action, tried),
  });
}

interface BesideTraffic extends Pick<Online, 'does' | 'scans'> {
  /** What is behind ALTER TABLE. */
  readonly action: string;
  /** A condition over the catalog. */
  readonly doneWhen: string;
}

/** A change of a table in place, which is watched. */
export function besideTraffic(migration: string, table: TableName, of: BesideTraffic): Online {
  const { does, action, scans } = of;
  const statement = `${tag(migration, does)}\n${beginningOf(table)}${action},\n  ${rungs[1]}`;
  return {
    kind: 'online',
    does,
    lock: 'metadata',
    statement: onlineCall(statement),
    scans,
    state: `SELECT JSON_OBJECT('state', CASE
  WHEN ${of.doneWhen} THEN 'done'
  WHEN ${isRunning(migration, does)} THEN 'running'
  ELSE 'absent' END)`,
    clean: null,
  };
}

function doneWhen(table: TableName, { sql, name }: Action, { column, index }: TriedStep): string {
  const of = (alias: string, what: string): string =>
    `${alias}.table_schema = ${literal(table.schema)} AND ${alias}.table_name = ${literal(table.name)}\n      AND ${alias}.${what} = ${literal(name)}`;
  const itsColumn = (more: string): string =>
    `EXISTS (\n    SELECT 1 FROM information_schema.columns AS c\n    WHERE ${of('c', 'column_name')}${more})`;
  const itsIndex = (more: string): string =>
    `EXISTS (\n    SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ 1 FROM information_schema.statistics AS s\n    WHERE ${of('s', 'index_name')}\n    GROUP BY s.index_name${more})`;
  if (/^(?:DROP|RENAME) COLUMN/u.test(sql)) return `NOT ${itsColumn('')}`;
  if (sql.startsWith('DROP INDEX')) return `NOT ${itsIndex('')}`;
  if (/^ADD (?:\w+ )?INDEX/u.test(sql)) {
    const unique = sql.startsWith('ADD UNIQUE') ? ' AND MIN(s.non_unique) = 0' : '';
    return itsIndex(`\n    HAVING ${indexDefinition} = ${literal(index ?? '')}${unique}`);
  }
  return itsColumn(
    `\n      AND c.column_type = ${literal(column?.type ?? '')} AND c.is_nullable = ${literal(column?.nullable ?? '')}\n      AND c.collation_name <=> ${column?.collation == null ? 'NULL' : literal(column.collation)}`,
  );
}

function stepText({ does }: Unit, tried: TriedStep): readonly string[] {
  if (tried.step === rungs[0]) return [`${does}: ${rungs[0]}, at once`];
  return [`${does}: ${rungs[1]}; ${writesText(tried)}. Refused was ${reasonsText(tried)}`];
}

const takesRoom = 'takes room for a second copy, and on replicas the same time once more';

function writesText({ rebuilt }: TriedStep): string {
  if (rebuilt === null)
    return `whether it rewrites the table could not be seen, for the role lacks PROCESS: if so, it ${takesRoom}`;
  return rebuilt ? `it rewrites the table beside the traffic, which ${takesRoom}` : 'it writes no row anew';
}

function refusal({ unit: { does }, isUndo }: Open, tried: TriedStep): Fault {
  const says = refusalOfAction(tried);
  if (says !== undefined && !isUndo)
    return {
      fact: `the database refuses to ${does}, on an empty copy of the table: ${says}`,
      remedy: 'Write it so that the database takes it.',
    };
  const cannot = isUndo ? `a rollback could not ${does} again` : `MySQL cannot ${does}`;
  return {
    fact: `${cannot} beside the traffic (${says ?? reasonsText(tried)})`,
    remedy:
      'It would copy the table under a lock, which is never done. docs/mysql.md says what is supported.',
  };
}
