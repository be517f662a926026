import { bytesText, countText, plural, shareText } from '../words/amounts.ts';
import { PreflightFailed } from '../database/errors.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { formatDuration } from '../words/duration.ts';
import { specProblem } from '../spec/spec-source.ts';
import type { Spec } from '../spec/spec.ts';
import type { TableStatistics } from '../catalog/statistics.ts';

/** One question of the pre-flight checklist. */
export interface ChecklistItem {
  readonly item: string;
  readonly state: 'done' | 'open';
  /** What is known; of an open item, what is missing. */
  readonly answer: string;
  /** Of an open item what to write or do; of a done one who answers it. */
  readonly how: string;
}

/** What the answers are taken from. Without a database its questions stay open. */
export interface ChecklistFacts {
  readonly spec: Spec;
  readonly statistics: TableStatistics | null;
  /** The SQL of the database; null without one. */
  readonly sql: Dialect | null;
  /** Whether reads move to another column. */
  readonly readsMove: boolean;
}

type Answers = (known: ChecklistFacts) => ChecklistItem & { readonly key: string };

/** The questions in the order in which they are asked: the ticket, the data, the traffic, the ways back, the people. */
const questions: readonly Answers[] = [
  ({ spec }) => written('goal', 'goal', spec.goal, ''),
  ({ spec }) => written('owner', 'owner', spec.owner, 'identity-team'),
  ({ spec }) =>
    written(
      'rollback note',
      'checklist.rollbackNote',
      spec.checklist.rollbackNote,
      'what people lose and must do',
    ),
  ({ spec }) => written('deadline', 'deadline', spec.deadline, '2026-12-20'),
  dataMap,
  traffic,
  changeWindow,
  switches,
  () =>
    product(
      'idempotency',
      'each unit of the schema runs once (underpin.applied); a batch writes only rows that differ, and commits with its checkpoint',
    ),
  strategy,
  ({ spec }) =>
    written('dashboards', 'checklist.dashboards', spec.checklist.dashboards?.join(', '), '[https://…]'),
  ({ spec }) =>
    written('who is notified', 'checklist.notify', spec.checklist.notify?.join(', '), '["#oncall"]'),
];

/** The pre-flight checklist of a migration, answered as far as it can be. */
export const checklistOf = (known: ChecklistFacts): readonly ChecklistItem[] =>
  questions.map((question) => {
    const { key: _, ...item } = question(known);
    return item;
  });

/** Raises PreflightFailed while an item is open; it names every one, with its place in the file and what to write. */
export function refuseWhileOpen(known: ChecklistFacts): void {
  const open = questions.map((question) => question(known)).filter(({ state }) => state === 'open');
  if (open.length === 0) return;
  const lines = open.map(({ item, key, answer, how }) =>
    specProblem(known.spec, key, item === key ? answer : `${item}: ${answer}`, how),
  );
  throw new PreflightFailed(
    `${known.spec.name} does not start while ${plural(open.length, 'item')} of its checklist ${open.length === 1 ? 'is' : 'are'} open:\n${lines.join('\n')}`,
  );
}

/** The open items that no database can answer, by name. */
export const openForAuthor = (spec: Spec): readonly string[] =>
  questions
    .map((question) => question({ spec, statistics: null, sql: null, readsMove: true }))
    .filter(({ key, state }) => state === 'open' && key !== 'table')
    .map(({ item }) => item);

function written(
  item: string,
  key: string,
  answer: string | undefined,
  example: string,
): ReturnType<Answers> {
  if (answer !== undefined) return { item, key, state: 'done', answer, how: 'the author' };
  return { item, key, state: 'open', answer: 'not written yet', how: howToWrite(key, example) };
}

function howToWrite(key: string, example: string): string {
  const [section, inside] = key.split('.');
  return inside === undefined
    ? `Write \`${key}: ${example}\``
    : `Write \`${inside}: ${example}\` under \`${section}:\``;
}

const product = (item: string, answer: string): ReturnType<Answers> => ({
  item,
  key: '',
  state: 'done',
  answer,
  how: 'the product',
});

const fromDatabase = (item: string, key: string): ReturnType<Answers> => ({
  item,
  key,
  state: 'open',
  answer: 'no database was asked',
  how: 'Give --database-url, or --cluster-arn and --secret-arn',
});

// Below it, autovacuum has not looked yet, and it does not matter.
const smallBytes = 1_000_000;
// A key's value that so many rows share makes one shard much longer than the others.
const hotShare = 0.2;

function dataMap({ spec, statistics, sql }: ChecklistFacts): ReturnType<Answers> {
  const name = `${spec.table.schema}.${spec.table.name}`;
  if (statistics === null || sql === null) return fromDatabase('data map', 'table');
  const { rows, tableBytes, indexBytes, indexes } = statistics;
  if (rows < 0 && tableBytes > smallBytes)
    return {
      item: 'data map',
      key: 'table',
      state: 'open',
      answer: `${name} has ${bytesText(tableBytes)}, and was never analysed, so nobody knows how many rows`,
      how: `Run ${sql.remedies.analyze(spec.table)}`,
    };
  const many = rows < 0 ? 'a few rows' : `${countText(rows)} rows`;
  return product(
    'data map',
    `${name}: ${many}, ${bytesText(tableBytes)}, ${plural(indexes, 'index', 'indexes')} of ${bytesText(indexBytes)}; one table, no partitions; ${hotRanges(statistics)}`,
  );
}

/** Where writes and work gather, as far as statistics tell. */
function hotRanges({ keyShare, keyOrder }: TableStatistics): string {
  if (keyShare !== null && keyShare >= hotShare)
    return `hot: one value of the key's first column has ${shareText(keyShare)} of the rows`;
  if (keyOrder !== null && keyOrder > 0.9) return 'hot: the newest keys, which are written side by side';
  return keyOrder === null ? 'no statistics on the key yet' : 'no hot range: keys are spread over the table';
}

function traffic({ spec, statistics }: ChecklistFacts): ReturnType<Answers> {
  const note = spec.checklist.trafficProfile;
  const measured = statistics === null ? '' : ` (${ratesText(statistics)})`;
  const item = written(
    'traffic profile',
    'checklist.trafficProfile',
    note,
    'peak hours, batch jobs, long queries',
  );
  return { ...item, answer: `${item.answer}${measured}` };
}

function ratesText({
  countedSeconds,
  inserts,
  updates,
  deletes,
  indexScans,
  wholeScans,
}: TableStatistics): string {
  const rate = (count: number): string => {
    const perSecond = count / Math.max(countedSeconds, 1);
    if (perSecond > 0 && perSecond < 0.1) return '< 0.1';
    return perSecond < 10 ? String(Number(perSecond.toPrecision(2))) : countText(perSecond);
  };
  return (
    `counted on average over ${formatDuration(Math.round(countedSeconds) * 1000)}: ` +
    `${rate(inserts + updates + deletes)} rows written, ${rate(indexScans)} index scans, ${rate(wholeScans)} whole scans a second`
  );
}

/** The author has to say that any time will do. */
function changeWindow({ spec: { changeWindow: window } }: ChecklistFacts): ReturnType<Answers> {
  const item = { item: 'change window', key: 'changeWindow' };
  if (window === undefined) {
    const how =
      "Write `changeWindow: { avoid: ['Mon-Fri 08:00-18:00'], timeZone: UTC }`, or `changeWindow: {}` for any time";
    return { ...item, state: 'open', answer: 'not written yet', how };
  }
  const { notBefore, avoid, timeZone } = window;
  const hours = avoid.map(({ written: hour }) => hour).join('; ');
  const answer = [
    ...(notBefore === undefined ? [] : [`not before ${notBefore}`]),
    ...(avoid.length === 0 ? [] : [`not in ${hours} (${timeZone})`]),
  ].join(', ');
  return { ...item, state: 'done', answer: answer || 'any time', how: 'the author' };
}

function switches({ spec, readsMove }: ChecklistFacts): ReturnType<Answers> {
  const alarms = ['the composite alarm', ...spec.guardrails.rollback.alarms].join(', ');
  const reads = readsMove
    ? `reads follow the flag ${spec.name}; writes follow the triggers ~underpin_${spec.name}_…`
    : 'no reads move; the column is filled by a trigger of its own where it needs one';
  return product(
    'switches',
    `${reads}; the way back: \`underpin abort ${spec.name}\`, a refused gate, or an alarm (${alarms})`,
  );
}

function strategy({ spec }: ChecklistFacts): ReturnType<Answers> {
  const { parallelism, targetBatchTimeMs, dutyCycle, maxBatchRows, stubbornRows } = spec.backfill;
  return product(
    'strategy',
    `${plural(parallelism, 'worker')}, batches of ${formatDuration(targetBatchTimeMs)} and at most ${countText(maxBatchRows)} rows, working ${shareText(dutyCycle)} of the time; ` +
      `a batch that meets a lock comes back with half its rows, rows that refuse are set aside (at most ${countText(stubbornRows)})`,
  );
}
