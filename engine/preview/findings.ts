import { aboutSeconds, countText, plural } from '../words/amounts.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Estimate } from './estimate.ts';
import type { Plan } from '../plan/plan.ts';
import { isAliased } from '../shapes/shape.ts';
import type { Spec } from '../spec/spec.ts';
import type { TableStatistics } from '../catalog/statistics.ts';

/** Something that a reviewer would stumble over. It forbids nothing. */
export interface Finding {
  /** The key of the migration that it is about; '' is the table. */
  readonly key: string;
  readonly fact: string;
  readonly remedy: string;
}

export interface FindingSubject {
  readonly spec: Spec;
  readonly plan: Plan;
  readonly sql: Dialect;
  readonly standing: string | null;
  readonly statistics: TableStatistics;
  readonly estimate: Estimate;
  /** YYYY-MM-DD. */
  readonly today: string;
}

/** An agent asks AppConfig every 45 s unless it is told otherwise; where it dies then, a process makes its writes strict 15 s later. */
const hearingSeconds = 60;

/** Whether it writes rows that are there already. */
const writesRows = ({ walks }: Plan): boolean => walks.some(({ batch }) => batch !== undefined);

/** Whether the table has other columns at the end, or in between. */
const changesRow = ({ shape }: Plan): boolean =>
  (shape.kind === 'columns' && !isAliased(shape)) ||
  shape.kind === 'split' ||
  (shape.kind === 'farewell' && shape.what === 'columns');

type Look = (looked: FindingSubject) => Finding | null;

/** Adding one is one line here. */
const looks: readonly Look[] = [
  ({ statistics: { rows }, plan: { table }, sql }) =>
    found(
      rows < 0,
      '',
      'the table was never analysed: time and price are guesses',
      `Run ${sql.remedies.analyze(table)}`,
    ),
  deadline,
  ({ spec }) =>
    found(
      spec.gates.length === 0,
      'gates',
      'nobody is asked before reads move, nor before the old shape goes',
      'Name at least `contract`',
    ),
  ({ spec, plan: { follow } }) =>
    found(
      follow === 'application' && spec.reads.bakeSeconds < hearingSeconds,
      'reads.bake',
      `an AppConfig agent may take ${hearingSeconds} s to hear of a flag, and by then the truth could have moved: a process that has not heard promises writes by the side that is no longer it`,
      `Write \`bake: ${hearingSeconds}s\` or longer, unless every agent polls more often`,
    ),
  ({ spec, estimate: { passSeconds } }) =>
    found(
      passSeconds > spec.confidence.reconcileEverySeconds,
      'confidence.reconcileEvery',
      `comparing all rows takes about ${aboutSeconds(passSeconds)}, longer than the ${aboutSeconds(spec.confidence.reconcileEverySeconds)} between two comparisons, so the confidence window grows`,
      'Write a longer interval, more `backfill.parallelism`, or a higher `confidence.dutyCycle`',
    ),
  ({ plan, statistics: { updateTriggers } }) =>
    found(
      writesRows(plan) && updateTriggers.length > 0,
      '',
      `the backfill fires ${plural(updateTriggers.length, 'trigger')} of the table (${updateTriggers.join(', ')}) for every row that it writes`,
      'Make sure that what hangs on it stands that: mails, audit rows, queues',
    ),
  ({ plan, statistics: { publications } }) =>
    found(
      writesRows(plan) && publications.length > 0,
      '',
      `the table is published (${publications.join(', ')}): subscribers get every row that the backfill writes`,
      'Add the new column on subscribers first, and watch their lag',
    ),
  ({ plan, statistics: { rowFunctions } }) =>
    found(
      changesRow(plan) && rowFunctions.length > 0,
      '',
      `${rowFunctions.join(', ')} ${rowFunctions.length === 1 ? 'gives' : 'give'} rows of the table's own type: a body that lists the columns (SELECT id, … instead of *) fails at every call from the phase on in which a column comes or goes (42804, 42P13)`,
      'Let it return the columns by name (RETURNS TABLE), or the whole row, before the start',
    ),
  ({ plan, statistics: { autovacuum, rows } }) =>
    found(
      writesRows(plan) && !autovacuum,
      '',
      `autovacuum is off for the table, and the backfill leaves up to ${countText(Math.max(rows, 0))} dead rows`,
      'Turn it on, or vacuum by hand after the backfill',
    ),
  ({ statistics: { valuesLogged } }) =>
    found(
      valuesLogged.length > 0,
      '',
      `the server's own log holds values of rows: ${valuesLogged.join(', ')}`,
      'Turn it off for the role that migrates, or treat the log as data (docs/deploy.md, "What the server logs")',
    ),
  ({ statistics: { oldestTransactionSeconds }, spec }) =>
    found(
      oldestTransactionSeconds > 300,
      'lockTimeout',
      `a transaction has been open for ${aboutSeconds(oldestTransactionSeconds)}: index builds wait for its end, and strong locks on what it touched are not granted`,
      `Find its owner; until then statements give up after ${spec.lockTimeoutMs} ms and are retried`,
    ),
];

/** What a reviewer would stumble over: what the compiler warned of, and what the numbers say. */
export const findingsOf = (looked: FindingSubject): readonly Finding[] => [
  ...(looked.standing === null ? [] : [{ key: '', fact: looked.standing, remedy: '' }]),
  ...looked.plan.warnings.map((fact) => ({ key: '', fact, remedy: '' })),
  ...looks.map((look) => look(looked)).filter((each) => each !== null),
];

const found = (when: boolean, key: string, fact: string, remedy: string): Finding | null =>
  when ? { key, fact, remedy } : null;

function deadline({ spec, estimate, today }: FindingSubject): Finding | null {
  if (spec.deadline === undefined) return null;
  const leftSeconds = (Date.parse(spec.deadline) - Date.parse(today)) / 1000;
  const fact =
    leftSeconds < 0
      ? `${spec.deadline} has passed`
      : `from today to ${spec.deadline} are ${aboutSeconds(leftSeconds)}, and the windows and the work need ${aboutSeconds(estimate.seconds)}, without a person's time to answer`;
  return found(
    estimate.seconds > leftSeconds,
    'deadline',
    fact,
    'Move the deadline, or shorten the windows knowingly',
  );
}
