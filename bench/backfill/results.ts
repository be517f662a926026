import { cpus, totalmem } from 'node:os';

/** What a run measured: rows per second, round by round; ratios are against the plain UPDATE of the same round. */
export interface Results {
  readonly machine: Machine;
  readonly rows: number;
  readonly rounds: number;
  readonly subjects: readonly Measured[];
}

export type Machine = Served & {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly node: string;
  readonly at: string;
};

/** The version of its database server. */
export type Served = { readonly postgres: string } | { readonly mysql: string };

export interface Measured {
  readonly subject: string;
  /** By way, in the order in which they ran. */
  readonly ways: Ways;
  /** Tools that did not do it, and what they said. */
  readonly refused?: Readonly<Record<string, string>>;
}

export type Ways = Readonly<Record<string, readonly number[]>>;

export const plain = 'one plain statement';
export const underTheSame = 'the same statement, triggers on';

export const machineOf = (served: Served): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  ...served,
  at: new Date().toISOString().slice(0, 10),
});

/** A table for people: the median rate of each way, and the median, lowest and highest of its ratios. */
export function resultsTable({ machine, rows, rounds, subjects }: Results): string {
  const lines = subjects.flatMap(({ subject, ways }) =>
    Object.entries(ways).map(
      ([way, rates]) =>
        `| ${subject} | ${way} | ${thousands(median(rates))} | ${ratioText(ratiosOf(ways, way))} | ` +
        `${under(ways, way)} |`,
    ),
  );
  return [
    `${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${machineLine(rows, machine)}`,
    '',
    '| change | way | rows/s (median) | beside one plain statement (lowest to highest) | beside the same, triggers on |',
    '|---|---|---|---|---|',
    ...lines,
    ...subjects.flatMap(({ subject, refused = {} }) =>
      Object.entries(refused).map(([way, said]) => `| ${subject} | ${way} | failed: ${cell(said)} | | |`),
    ),
  ].join('\n');
}

/** What each subject is. */
export const legend = (subjects: readonly { readonly name: string; readonly says: string }[]): string =>
  subjects.map(({ name, says }) => `- \`${name}\`: ${says}`).join('\n');

/** Of a way beside another one, round by round. */
export const ratiosOf = (ways: Ways, way: string, beside = plain): readonly number[] =>
  (ways[way] ?? []).map((rate, round) => rate / (ways[beside]?.[round] ?? Number.NaN));

const under = (ways: Ways, way: string): string =>
  ways[underTheSame] === undefined ? '' : median(ratiosOf(ways, way, underTheSame)).toFixed(2);

const cell = (text: string): string => text.split('\n')[0]?.slice(0, 120).replaceAll('|', '/') ?? '';

/** On what it was measured. */
export function machineLine(rows: number | null, machine: Machine): string {
  const { at, node, cores, cpu, memoryGB } = machine;
  const server = 'mysql' in machine ? `MySQL ${machine.mysql}` : `PostgreSQL ${machine.postgres}`;
  return `${rows === null ? '' : `${thousands(rows)} rows, `}${at}; ${server}, Node ${node}, ${cores} cores (${cpu}), ${memoryGB} GB.`;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

const ratioText = (ratios: readonly number[]): string =>
  `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;

export const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');
