import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { z } from 'zod';

/** The states of a rename on MySQL at which its faults come, in the order in which they are entered. */
export const mysqlStates = [
  'Add the new shape',
  'Write both shapes',
  'Copy a shard',
  'Compare a range',
  'Build constraints and indexes',
  'Collect evidence',
  'Move reads',
  'New shape wins',
  'Reconcile',
  'Drop the old shape',
  'Close the migration',
] as const;
export type MysqlState = (typeof mysqlStates)[number];

export const mysqlFaults = ['kill -9', 'lost answer'] as const;
export type MysqlFault = (typeof mysqlFaults)[number];

const met = z.object({ outcome: z.string(), requests: z.int(), lostWrites: z.int(), seconds: z.number() });
export type MysqlResult = z.infer<typeof met>;
const results = z.record(z.string(), met);

const file = new URL('mysql-results.json', import.meta.url);

export const momentOf = (state: MysqlState, fault: MysqlFault): string => `${state} | ${fault}`;

export const mysqlResults = (): z.infer<typeof results> =>
  results.parse(JSON.parse(readFileSync(file, 'utf8')));

export async function keepMysqlResult(moment: string, result: MysqlResult): Promise<void> {
  const all = { ...mysqlResults(), [moment]: result };
  const known = mysqlStates.flatMap((state) => mysqlFaults.map((fault) => momentOf(state, fault)));
  const kept = known.flatMap((each) => (all[each] === undefined ? [] : [[each, all[each]] as const]));
  const lines = kept.map(([each, it]) => `${JSON.stringify(each)}: ${JSON.stringify(it)}`);
  await writeFile(file, `{\n${lines.join(',\n')}\n}\n`);
}

/** What the page says of them. */
export function mysqlSection(): string {
  const all = mysqlResults();
  const verdict = (state: MysqlState, fault: MysqlFault): string => {
    const result = all[momentOf(state, fault)];
    if (result === undefined) return '·';
    const { outcome, lostWrites, seconds } = result;
    return outcome === 'completed' && lostWrites === 0
      ? `✓ ${seconds} s`
      : `✗ ${outcome}, ${lostWrites} lost`;
  };
  const rows = mysqlStates.map(
    (state) => `| ${state} | ${mysqlFaults.map((fault) => verdict(state, fault)).join(' | ')} |`,
  );
  return `## rename-column on MySQL: must be completed

The server is killed with SIGKILL as the state begins, started again at once, and recovers from its log; or the answer to the first statement
from then on is lost. None of these is counted above.

| state | ${mysqlFaults.join(' | ')} |
|---|${mysqlFaults.map(() => '---|').join('')}
${rows.join('\n')}

\`\`\`sh
MOMENTS=all npx vitest run --project mysql-apart test/faults
\`\`\`
`;
}
