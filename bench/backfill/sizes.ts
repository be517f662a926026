import type { Rehearsal } from '../../rehearsal/stage/result.ts';
import { bill, type Usage } from '../../engine/preview/prices.ts';
import { copyUnderTriggers, plainCopy } from './by-hand.ts';
import { measuredPeers, peersFor } from './peers.ts';
import { lines, type Lines } from './plot.ts';
import { askOnce, timed } from './prepared.ts';
import { machineLine, plain, thousands, underTheSame } from './results.ts';
import { chosen, type Bench, type Section } from './section.ts';
import { tables, type Subject } from './subjects.ts';
import { copyAlone } from './whole-path.ts';

/** What one size took. */
interface Size {
  readonly subject: string;
  readonly rows: number;
  /** Rows per second, by way. */
  readonly rates: Readonly<Record<string, number>>;
  readonly courses: readonly Counted[];
}

/** What the whole path used for one migration, from its start until it had undone everything. */
interface Counted extends Usage {
  readonly workers: number;
  readonly rowsPerSecond: number;
  /** Of the comparison that follows the copy; null where it was too short for a clock. */
  readonly comparedPerSecond: number | null;
  /** Of the migration's own execution, and of all. */
  readonly parentEvents: number;
  readonly events: number;
}

// More of theirs would take longer than all the rest.
const mostRowsOfPeers = 1_000_000;
/** Narrow rows, wide ones, and keys in no order, by which rows are walked or not. */
const usualSubjects = ['narrow', 'wide', 'uuid', 'uuid-by-place'];
const usualSizesOf = ({ mostRows = Infinity }: Subject): readonly number[] =>
  [100_000, 1_000_000, 10_000_000].filter((rows) => rows <= mostRows);

/** How time, history, invocations and calls grow with the rows, and what AWS would ask for them. */
export const sizes: Section = async (bench) => {
  const { options, machine } = bench;
  const subjects = chosen({ ...options, only: options.only ?? usualSubjects }, tables);
  const measured: Size[] = [];
  for (const subject of subjects)
    for (const rows of options.rows ?? usualSizesOf(subject))
      measured.push(await bench.on(subject, rows, (url) => ofOne(bench, { url, rows, subject })));
  const results = { machine, sizes: measured, bills: bills(measured) };
  const plot = lines({
    title: 'The whole path beside one statement under the same triggers, by the rows of the table',
    x: 'rows',
    y: 'ratio',
    logarithmic: ['x'],
    series: flatness(measured),
  });
  return { results, plot, text: textOf(measured, machineLine(null, machine)) };
};

/** A line for each change and number of workers; level where the rate does not depend on the rows. */
function flatness(measured: readonly Size[]): Lines['series'] {
  const points = measured.flatMap(({ subject, rows, rates, courses }) =>
    courses.map(({ workers, rowsPerSecond }) => ({
      name: `${subject}, ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
      point: [rows, rowsPerSecond / (rates[underTheSame] ?? Number.NaN)] as const,
    })),
  );
  return [...new Set(points.map(({ name }) => name))].map((name) => ({
    name,
    points: points.filter((each) => each.name === name).map(({ point }) => point),
  }));
}

interface Measuring {
  readonly url: string;
  readonly rows: number;
  readonly subject: Subject;
}

async function ofOne(bench: Bench, { url, rows, subject }: Measuring): Promise<Size> {
  const { options, folder } = bench;
  const rates: Record<string, number> = {};
  const note = (way: string, rate: number): void => {
    rates[way] = rate;
    bench.say(subject.name, way, `${thousands(rate)} rows/s of ${thousands(rows)}`);
  };
  note(plain, await askOnce(url, (client) => plainCopy(client, subject, timed)));
  note(underTheSame, await askOnce(url, (client) => copyUnderTriggers(client, subject, timed)));
  const others = rows <= mostRowsOfPeers ? peersFor(options) : [];
  const failed = (way: string, said: string): void => bench.say(subject.name, way, `failed: ${said}`);
  for await (const [way, rate] of measuredPeers(others, { url, folder, subject }, () => timed, failed))
    note(way, rate);
  const courses: Counted[] = [];
  for (const workers of options.workers) {
    const { way, ...rehearsal } = await copyAlone(subject, { url, folder, rows }, workers);
    const counted = countedOf(rehearsal);
    note(way, counted.rowsPerSecond);
    courses.push(counted);
  }
  return { subject: subject.name, rows, rates, courses };
}

function countedOf({ result, report }: Rehearsal): Counted {
  if (report === null || 'notMeasured' in report.cost)
    throw new Error('the rehearsal has not counted what it used');
  // As `bill` has them.
  const [stateTransitions = 0, lambdaInvocations = 0, lambdaGbSeconds = 0, dataApiRequests = 0] =
    report.cost.items.map(({ quantity }) => quantity);
  const passes = 'passes' in report.verification ? report.verification.passes : [];
  const pass = passes.find(({ rows }) => rows > 0 && rows === result.verification.checked);
  const seconds = pass === undefined ? 0 : (Date.parse(pass.to) - Date.parse(pass.from)) / 1000;
  return {
    workers: result.backfill.workers,
    rowsPerSecond: result.backfill.rowsPerSecond,
    comparedPerSecond: pass === undefined || seconds === 0 ? null : pass.rows / seconds,
    parentEvents: result.history.parentEvents,
    events: result.history.events,
    stateTransitions,
    lambdaInvocations,
    lambdaGbSeconds,
    dataApiRequests,
  };
}

interface Bill {
  readonly rows: number;
  readonly usage: Usage;
  readonly usd: number;
}

const billed = [1e6, 1e8, 1e10];
// A function hands over after nine of its ten minutes; a hand-over is an invocation and the states around it.
const invocationSeconds = 540;
const transitionsOfHandOver = 2;

/** The bill of other numbers of rows: what each row of the first change adds from its smallest to its largest size, by one worker. */
function bills(measured: readonly Size[]): readonly Bill[] {
  const first = measured[0];
  const last = measured.findLast(({ subject }) => subject === first?.subject);
  const [few, many] = [first?.courses[0], last?.courses[0]];
  if (first === undefined || last === undefined || few === undefined || many === undefined) return [];
  if (first.rows === last.rows) return [];
  return billed.map((rows) => {
    const at = (of: keyof Usage): number => {
      const each = Math.max(0, (many[of] - few[of]) / (last.rows - first.rows));
      return Math.max(0, few[of] + each * (rows - first.rows));
    };
    const handOvers = Math.floor(rows / many.rowsPerSecond / invocationSeconds);
    const usage = {
      stateTransitions: at('stateTransitions') + handOvers * transitionsOfHandOver,
      lambdaInvocations: at('lambdaInvocations') + handOvers,
      lambdaGbSeconds: at('lambdaGbSeconds'),
      dataApiRequests: at('dataApiRequests'),
    };
    return { rows, usage, usd: bill(usage).usd };
  });
}

function textOf(measured: readonly Size[], machine: string): string {
  const rates = measured.flatMap(({ subject, rows, rates: of }) =>
    Object.entries(of).map(
      ([way, rate]) =>
        `| ${subject} | ${thousands(rows)} | ${way} | ${thousands(rate)} | ${ratio(rate, of[plain])} | ${ratio(rate, of[underTheSame])} |`,
    ),
  );
  const counted = measured.flatMap(({ subject, rows, courses }) =>
    courses.map(
      (it) =>
        `| ${subject} | ${thousands(rows)} | ${it.workers} | ${it.comparedPerSecond === null ? '' : thousands(it.comparedPerSecond)} | ` +
        `${ratio(it.comparedPerSecond, it.rowsPerSecond)} | ${it.parentEvents} | ${it.events} | ${it.stateTransitions} | ` +
        `${it.lambdaInvocations} | ${thousands(it.lambdaGbSeconds)} | ${thousands(it.dataApiRequests)} | ${dollars(bill(it).usd)} |`,
    ),
  );
  const asked = bills(measured).map(
    ({ rows, usage, usd }) =>
      `| ${thousands(rows)} | ${thousands(usage.stateTransitions)} | ${thousands(usage.lambdaInvocations)} | ` +
      `${thousands(usage.lambdaGbSeconds)} | ${thousands(usage.dataApiRequests)} | ${dollars(usd)} |`,
  );
  return [
    machine,
    '',
    '| change | rows | way | rows/s | beside one plain statement | beside the same, triggers on |',
    '|---|---|---|---|---|---|',
    ...rates,
    '',
    '| change | rows | workers | rows compared/s | beside the copy | history events of the migration | of all executions | state transitions | invocations | GB-seconds | Data API requests | bill |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|',
    ...counted,
    '',
    '| rows | state transitions | invocations | GB-seconds | Data API requests | bill |',
    '|---|---|---|---|---|---|',
    ...asked,
  ].join('\n');
}

const ratio = (rate: number | null, beside: number | undefined): string =>
  rate === null || beside === undefined ? '' : (rate / beside).toFixed(2);

const dollars = (usd: number): string => `$${usd.toFixed(usd < 0.1 ? 4 : 2)}`;
