import { setTimeout as sleep } from 'node:timers/promises';
import type { TrafficSnapshot } from '../traffic/measurements.ts';
import type { Traffic } from '../traffic/traffic.ts';

/** How the application fared before the migration began. */
export interface Baseline {
  readonly p95Ms: number;
  /** Whether its latency was about the same throughout: otherwise nothing can be compared with it. */
  readonly isStable: boolean;
  /** How often it was measured until it was stable, or nobody waited longer. */
  readonly measurements: number;
  /** When the last measurement began, in milliseconds since the epoch. */
  readonly fromMs: number;
}

const mostMeasurements = 3;
const warmUp = 'warm-up';
const label = 'baseline';

/** Labels of requests that no migration can have had to do with. */
export const labelsBefore: ReadonlySet<string> = new Set([warmUp, label]);

/** Warms the application up and measures it, again where it was not stable: a busy machine settles, or is told of. */
export async function measureBaseline(
  traffic: Pick<Traffic, 'mark' | 'relabel' | 'snapshot'>,
  ms: number,
  warmUpMs: number,
): Promise<Baseline> {
  // The first second warms caches and connections and would flatter the comparison.
  await traffic.mark(warmUp);
  await sleep(warmUpMs);
  for (let measurements = 1; ; measurements += 1) {
    await traffic.mark(label);
    const fromMs = Date.now();
    await sleep(ms);
    const measured = await traffic.snapshot();
    const p95Ms = measured.labels[label]?.p95 ?? 0;
    const isStable = isSteady(p95Ms, wholeSeconds(measured, fromMs));
    if (isStable || measurements === mostMeasurements) return { p95Ms, isStable, measurements, fromMs };
    // It has warmed up the next one.
    await traffic.relabel(label, warmUp);
  }
}

/** The p95 of each second that lies within the measurement. */
const wholeSeconds = ({ series, startedMs }: TrafficSnapshot, fromMs: number): readonly number[] =>
  series
    .slice(0, -1)
    .filter(({ second, requests }) => requests > 0 && startedMs + second * 1000 >= fromMs)
    .map(({ p95 }) => p95);

const fewestSeconds = 3;
const feltMs = 20;
const feltGrowth = 2;

/** Whether the usual second was like the whole: a stall of one second in five is a fifth of the requests. */
export function isSteady(p95Ms: number, ofSeconds: readonly number[]): boolean {
  if (ofSeconds.length < fewestSeconds) return true;
  const usual = ofSeconds.toSorted((a, b) => a - b)[Math.floor(ofSeconds.length / 2)] ?? 0;
  return p95Ms - usual <= feltMs || p95Ms <= usual * feltGrowth;
}

/** What is said of it before anything begins. */
export function baselineText({ p95Ms, isStable, measurements }: Baseline): string {
  const p95 = `p95 ${p95Ms.toFixed(1)} ms`;
  if (!isStable)
    return `baseline: ${p95}, not stable in ${measurements} measurements: the machine is busy, so latencies are not compared`;
  return `baseline: ${p95}${measurements === 1 ? '' : `, stable in measurement ${measurements}`}`;
}
