import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rehearse } from '../../rehearsal/rehearse.ts';
import { noScreen } from '../../rehearsal/screen/screen.ts';
import { parts, readMemory, type Part } from './cpu-time.ts';
import { lines } from './plot.ts';
import { migrationFile, migrationOf } from './prepared.ts';
import { machineLine, median, thousands } from './results.ts';
import { rowsOf, type Section } from './section.ts';
import { narrow } from './subjects.ts';
import { bundledOnce, quietly } from './whole-path.ts';

interface Sample {
  readonly seconds: number;
  /** Bytes. */
  readonly memory: Readonly<Record<Part, number>>;
}

const sampleMs = 5000;
// What one worker without rests writes on two cores, about; so the copy lasts half of the time.
const usualRate = 100_000;
const leastDutyCycle = 0.05;
// What one worker compares, about: a comparison comes behind each wait of the window, and is not part of it.
const usualComparison = 400_000;
const reconcileEvery = 60;

/** A whole migration beside an application for as long as was asked: half of it copies, half of it lives with both shapes. */
export const soak: Section = async (bench) => {
  const { options, machine, folder } = bench;
  const { minutes, requestsPerSecond, baselineMs } = options;
  const rows = rowsOf(options, 10_000_000);
  const [subject] = narrow;
  if (subject === undefined) throw new Error('there is no table to soak');
  const half = minutes * 30;
  const file = join(folder, migrationFile(subject));
  const document = await migrationOf(subject);
  document.setIn(['backfill', 'parallelism'], 1);
  const dutyCycle = Math.min(1, Math.max(leastDutyCycle, rows / usualRate / half));
  document.setIn(['backfill', 'dutyCycle'], Math.round(dutyCycle * 100) / 100);
  document.setIn(['reads'], { ramp: [1, 25, 100], bake: '5s' });
  const waits = reconcileEvery / (reconcileEvery + rows / usualComparison);
  document.setIn(['confidence'], {
    window: `${Math.max(20, Math.round(half * waits))}s`,
    reconcileEvery: half < 60 ? '10s' : `${reconcileEvery}s`,
    dutyCycle: 1,
  });
  document.setIn(['contract', 'quarantine'], '10s');
  await writeFile(file, document.toString());
  const programs = await bundledOnce(folder);
  const { rehearsal, samples } = await bench.on(subject, rows, async (url) => {
    const watch = watchMemory((sample) => bench.say('soak', `${sample.seconds} s`, memoryLine(sample)));
    try {
      const whole = await rehearse(
        { ...quietly({ file, rows, url }), requestsPerSecond, timeScale: 1, baselineMs },
        noScreen,
        { programs },
      );
      return { rehearsal: whole, samples: watch.samples };
    } finally {
      watch.stop();
    }
  });
  const { result, asAsked, notes } = rehearsal;
  const { traffic, history, backfill, verification, outcome, phases } = result;
  const results = {
    machine,
    rows,
    minutes,
    outcome,
    asAsked,
    notes,
    phases,
    backfill,
    verification,
    traffic,
    history,
    samples,
  };
  const seconds = samples.at(-1)?.seconds ?? 0;
  const text = [
    `${Math.round(seconds / 60)} minutes of ${requestsPerSecond} requests a second beside ${machineLine(rows, machine)}`,
    '',
    `It ${outcome === 'completed' ? 'completed' : `ended as ${outcome}`}${asAsked ? '' : `, and not as asked: ${notes.join('; ')}`}. ` +
      `${thousands(traffic.requests)} requests, ${traffic.failed} failed, ${traffic.lostWrites} acknowledged writes lost; ` +
      `p95 ${traffic.p95BaselineMs === null ? 'not stable' : `${traffic.p95BaselineMs.toFixed(1)} ms`} before, ${traffic.p95DuringMs.toFixed(1)} ms during. ` +
      `${thousands(verification.checked)} rows compared last, ${verification.mismatches} differ. ` +
      `${thousands(history.parentEvents)} history events of the migration, ${thousands(history.events)} of all ${thousands(history.executions)} executions.`,
    '',
    '| MB of their own | after a tenth | half | the end | most |',
    '|---|---|---|---|---|',
    ...parts.map((part) => `| ${part} | ${memoryCells(samples, part).join(' | ')} |`),
  ].join('\n');
  const plot = lines({
    title: 'Memory of each part',
    x: 'minutes',
    y: 'MB',
    series: parts.map((part) => ({
      name: part,
      points: samples.map((sample) => [sample.seconds / 60, sample.memory[part] / 1e6] as const),
    })),
  });
  return { results, text, plot };
};

function watchMemory(hear: (sample: Sample) => void) {
  const samples: Sample[] = [];
  const began = performance.now();
  const take = (): void => {
    const sample = { seconds: Math.round((performance.now() - began) / 1000), memory: readMemory() };
    samples.push(sample);
    // Once a minute for whoever waits.
    if (samples.length % (60_000 / sampleMs) === 1) hear(sample);
  };
  take();
  const timer = setInterval(take, sampleMs);
  return { samples, stop: () => clearInterval(timer) };
}

const memoryLine = ({ memory }: Sample): string =>
  parts.map((part) => `${part} ${Math.round(memory[part] / 1e6)} MB`).join(', ');

/** Medians of a tenth of the time each: after the first one everything has started. */
function memoryCells(samples: readonly Sample[], part: Part): readonly string[] {
  const tenth = Math.max(1, Math.floor(samples.length / 10));
  const at = (from: number): number =>
    median(samples.slice(from, from + tenth).map(({ memory }) => memory[part]));
  const [early, middle, late] = [tenth, 5 * tenth, samples.length - tenth].map((from) =>
    at(Math.min(from, samples.length - 1)),
  );
  const most = Math.max(...samples.map(({ memory }) => memory[part]));
  return [early, middle, late, most].map((bytes = Number.NaN) => String(Math.round(bytes / 1e6)));
}
