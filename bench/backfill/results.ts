import { cpus, totalmem } from 'node:os';

/** What a run measured: rows per second, round by round; ratios are against the plain UPDATE of the same round. */
export interface Results {
  readonly machine: Machine;
  readonly rows: number;
  readonly rounds: number;
  readonly subjects: readonly Measured[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly node: string;
  readonly postgres: string;
  readonly at: string;
}

export interface Measured {
  readonly subject: string;
  /** By way, in the order in which they ran. */
  readonly ways: Readonly<Record<string, readonly number[]>>;
}

export const plain = 'one plain UPDATE';

export const machineOf = (postgres: string): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  postgres,
  at: new Date().toISOString().slice(0, 10),
});

/** A table for people: the median rate of each way, and the median, lowest and highest of its ratios. */
export function resultsTable({ machine, rows, rounds, subjects }: Results): string {
  const lines = subjects.flatMap(({ subject, ways }) =>
    Object.entries(ways).map(([way, rates]) => {
      const ratios = rates.map((rate, round) => rate / (ways[plain]?.[round] ?? Number.NaN));
      return `| ${subject} | ${way} | ${thousands(median(rates))} | ${ratioText(ratios)} |`;
    }),
  );
  return [
    `${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${machineLine(rows, machine)}`,
    '',
    '| migration | way | rows/s (median) | beside one plain UPDATE (lowest to highest) |',
    '|---|---|---|---|',
    ...lines,
  ].join('\n');
}

/** On what it was measured. */
export const machineLine = (rows: number, { at, postgres, node, cores, cpu, memoryGB }: Machine): string =>
  `${thousands(rows)} rows, ${at}; PostgreSQL ${postgres}, Node ${node}, ${cores} cores (${cpu}), ${memoryGB} GB.`;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

const ratioText = (ratios: readonly number[]): string =>
  `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;

const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');
