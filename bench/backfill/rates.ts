import { copyUnderTriggers, limitLoopUnderTriggers, loopUnderTriggers, plainCopy } from './by-hand.ts';
import { measuredPeers, peersFor } from './peers.ts';
import { bars } from './plot.ts';
import { askOnce, timed } from './prepared.ts';
import { legend, median, plain, ratiosOf, resultsTable, underTheSame, type Measured } from './results.ts';
import { chosen, rowsOf, type Bench, type Section } from './section.ts';
import { shapes, tables, type Subject } from './subjects.ts';
import { copyAlone } from './whole-path.ts';

/** The same change of several kinds of tables, beside statements by hand and beside other tools. */
export const tableRates: Section = (bench) => rates(bench, tables, { rows: 1_000_000, byHand: true });

/** Other shapes of change, beside one statement. */
export const shapeRates: Section = (bench) => rates(bench, shapes, { rows: 500_000, byHand: false });

interface Measurement {
  readonly rows: number;
  /** Loops of batches and other tools, too. */
  readonly byHand: boolean;
}

async function rates(bench: Bench, of: readonly Subject[], { rows: usual, byHand }: Measurement) {
  const { options, machine } = bench;
  const rows = rowsOf(options, usual);
  const subjects = [];
  for (const subject of chosen(options, of))
    try {
      subjects.push(await bench.on(subject, rows, (url) => ofOne(bench, { url, rows, subject, byHand })));
    } catch (error) {
      // The others can still be measured.
      process.exitCode = 1;
      bench.say(subject.name, 'failed', error instanceof Error ? error.message : String(error));
    }
  const results = { machine, rows, rounds: options.rounds, subjects };
  const plot = bars({
    title: `Rows per second beside one plain statement = 1 (${rows.toLocaleString('en-US')} rows)`,
    groups: subjects.map(({ subject, ways }) => ({
      name: subject,
      bars: Object.keys(ways).map((way) => ({ label: way, value: median(ratiosOf(ways, way)) })),
    })),
  });
  const text = `${resultsTable(results)}\n\n${legend(chosen(options, of))}`;
  return { results, text, plot };
}

interface Measuring {
  readonly url: string;
  readonly rows: number;
  readonly subject: Subject;
  readonly byHand: boolean;
}

async function ofOne(bench: Bench, { url, rows, subject, byHand }: Measuring): Promise<Measured> {
  const { options, folder } = bench;
  const ways: Record<string, number[]> = {};
  const refused: Record<string, string> = {};
  const note = (way: string, rate: number): void => {
    (ways[way] ??= []).push(rate);
    bench.say(subject.name, way, `${Math.round(rate)} rows/s`);
  };
  const failed = (way: string, said: string): void => {
    refused[way] = said;
    bench.say(subject.name, way, `failed: ${said}`);
  };
  const { uncopied } = subject;
  for (let round = 1; round <= options.rounds; round += 1) {
    note(plain, await askOnce(url, (client) => plainCopy(client, subject, timed)));
    note(underTheSame, await askOnce(url, (client) => copyUnderTriggers(client, subject, timed)));
    // Right behind what it is compared with: a machine whose cores are shared changes its speed within minutes.
    for (const workers of options.workers) {
      const { way, result } = await copyAlone(subject, { url, folder, rows }, workers);
      note(way, result.backfill.rowsPerSecond);
    }
    if (byHand) {
      const one = await askOnce(url, (client) => loopUnderTriggers(client, subject, timed));
      note('hand-written batches, triggers on', one);
      const two = await askOnce(url, (client) =>
        askOnce(url, (other) => loopUnderTriggers(client, subject, timed, [other])),
      );
      note('hand-written batches in two sessions', two);
      if (uncopied !== undefined)
        note(
          'hand-written batches by LIMIT',
          await askOnce(url, (client) => limitLoopUnderTriggers(client, subject, uncopied, timed)),
        );
      const others = peersFor(options).filter(({ way }) => refused[way] === undefined);
      for await (const [way, rate] of measuredPeers(others, { url, folder, subject }, () => timed, failed))
        note(way, rate);
    }
  }
  return { subject: subject.name, ways, refused };
}
