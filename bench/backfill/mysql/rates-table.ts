import { machineLine, median, plain, ratiosOf, thousands, underTheSame, type Machine } from '../results.ts';
import type { MysqlMeasured } from './rates.ts';

interface MysqlResults {
  readonly machine: Machine;
  readonly rows: number;
  readonly rounds: number;
  readonly subjects: readonly MysqlMeasured[];
}

/** A table for people: medians, and behind ratios the lowest and the highest. */
export function mysqlRatesTable({ machine, rows, rounds, subjects }: MysqlResults): string {
  return [
    `${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${machineLine(rows, machine)}`,
    '',
    '| change | way | rows/s | beside one plain statement | beside the same, triggers on | processor time a row | as much work as the same, triggers on |',
    '|---|---|---|---|---|---|---|',
    ...subjects.flatMap(({ subject, ways, processorTime }) =>
      Object.entries(ways).map(([way, rates]) => {
        const spent = processorTime[way] ?? [];
        const beside = ratiosOf(processorTime, way, underTheSame);
        return (
          `| ${subject} | ${way} | ${thousands(median(rates))} | ${withEnds(ratiosOf(ways, way, plain))} | ` +
          `${withEnds(ratiosOf(ways, way, underTheSame))} | ${median(spent).toFixed(1)} µs | ${withEnds(beside)} |`
        );
      }),
    ),
  ].join('\n');
}

const withEnds = (ratios: readonly number[]): string =>
  `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;
