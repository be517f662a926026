import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { RehearsalOptions } from '../../rehearsal/options.ts';
import type { Outcome } from './outcome.ts';

/** A migration on MySQL that is sent through its faults. */
export interface MysqlPath {
  readonly name: string;
  readonly file: string;
  readonly table: string;
  /** What the example's schema has besides. */
  readonly needs?: string;
  readonly asked: Partial<RehearsalOptions>;
  readonly ends: Exclude<Outcome, 'failed'>;
  /** Of the table in the end: columns that it has, with their types, and some that it has not. */
  readonly leaves: Readonly<Record<string, string | undefined>>;
  /** Its foreign key to users. */
  readonly refers?: { readonly by: string; readonly key: string };
  /** Set in its file. */
  readonly declares?: Readonly<Record<string, string>>;
  /** At which its faults come, in the order in which they are entered; a number behind one counts how often it was entered. */
  readonly states: readonly string[];
}

/** From the beginning on the first answer to each statement is lost, whatever state it is. */
export const everyState = 'every state';

const wayBack = [
  'Fence the workers',
  'Undo a phase',
  'Undo a phase 2',
  'Undo a phase 3',
  'Undo a phase 4',
  'Undo a phase 5',
  everyState,
];

const retyped = {
  file: '0013-visits-key-to-bigint.yaml',
  table: 'visits',
  needs: `ALTER TABLE visits ADD COLUMN user_id BIGINT UNSIGNED, ADD KEY by_user (user_id),
    ADD CONSTRAINT visits_of_users FOREIGN KEY (user_id) REFERENCES users (id)`,
  refers: { by: 'user_id', key: 'visits_of_users' },
};

// It writes rows by itself: the new column has it from expand on.
const renamed = {
  file: '0014-orders-user-to-customer.yaml',
  table: 'orders',
  needs: `ALTER TABLE orders DROP FOREIGN KEY orders_of_users;
    ALTER TABLE orders ADD CONSTRAINT orders_of_users FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE`,
};

export const mysqlPaths: readonly MysqlPath[] = [
  {
    name: 'rename-column',
    file: '0001-rename-users-email.yaml',
    table: 'users',
    asked: {},
    ends: 'completed',
    leaves: { email: undefined, email_address: 'varchar(190)' },
    states: [
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
      everyState,
    ],
  },
  {
    ...retyped,
    name: 'change-primary-key with a foreign key',
    asked: {},
    ends: 'completed',
    leaves: { id: 'bigint' },
    states: [
      'Add the new shape',
      'Write both shapes',
      'Copy a shard',
      'Compare a range',
      'Build constraints and indexes',
      'Collect evidence',
      'Exchange the names',
      'Begin the confidence window',
      'Reconcile',
      'Drop the old shape',
      'Close the migration',
      everyState,
    ],
  },
  {
    ...retyped,
    name: 'change-primary-key with a foreign key, rolled back',
    asked: { reject: 'contract' },
    declares: { onRollback: 'remove' },
    ends: 'rolled-back',
    leaves: { id: 'int' },
    states: wayBack,
  },
  {
    ...renamed,
    name: 'rename-column with a foreign key',
    asked: {},
    ends: 'completed',
    leaves: { user_id: undefined, customer_id: 'bigint unsigned' },
    refers: { by: 'customer_id', key: 'orders_of_users_customer_id' },
    states: ['Add the new shape', 'Build constraints and indexes', 'Drop the old shape', everyState],
  },
  {
    ...renamed,
    name: 'rename-column with a foreign key, rolled back',
    asked: { reject: 'contract' },
    declares: { onRollback: 'remove' },
    ends: 'rolled-back',
    leaves: { user_id: 'bigint unsigned', customer_id: undefined },
    refers: { by: 'user_id', key: 'orders_of_users' },
    states: wayBack,
  },
];

export const mysqlFaults = ['kill -9', 'lost answer'] as const;
export type MysqlFault = (typeof mysqlFaults)[number];

const met = z.object({ outcome: z.string(), requests: z.int(), lostWrites: z.int(), seconds: z.number() });
export type MysqlResult = z.infer<typeof met>;
const results = z.record(z.string(), met);

const file = new URL('mysql-results.json', import.meta.url);

/** No server can be killed in every state. */
export const canMeet = (state: string, fault: MysqlFault): boolean =>
  state !== everyState || fault === 'lost answer';

export const momentOf = ({ name }: Pick<MysqlPath, 'name'>, state: string, fault: MysqlFault): string =>
  `${name} | ${state} | ${fault}`;

export const mysqlResults = (): z.infer<typeof results> =>
  results.parse(JSON.parse(readFileSync(file, 'utf8')));

export async function keepMysqlResult(moment: string, result: MysqlResult): Promise<void> {
  const all = { ...mysqlResults(), [moment]: result };
  const known = mysqlPaths.flatMap((path) =>
    path.states.flatMap((state) => mysqlFaults.map((fault) => momentOf(path, state, fault))),
  );
  const kept = known.flatMap((each) => (all[each] === undefined ? [] : [[each, all[each]] as const]));
  const lines = kept.map(([each, it]) => `${JSON.stringify(each)}: ${JSON.stringify(it)}`);
  await writeFile(file, `{\n${lines.join(',\n')}\n}\n`);
}

/** What the page says of them. */
export function mysqlSection(): string {
  const all = mysqlResults();
  return `## On MySQL

The server is killed with SIGKILL as the state begins, started again at once, and recovers from its log; or the answer to the first statement
from then on is lost, and in "every state" the first one to each statement that there is, from the plan to the end. A number counts how often a state was entered.
None of these is counted above.

${mysqlPaths.map((path) => pathSection(path, all)).join('\n')}
\`\`\`sh
MOMENTS=all npx vitest run --project mysql-apart test/faults
\`\`\`
`;
}

function pathSection(path: MysqlPath, all: z.infer<typeof results>): string {
  const verdict = (state: string, fault: MysqlFault): string => {
    if (!canMeet(state, fault)) return '–';
    const result = all[momentOf(path, state, fault)];
    if (result === undefined) return '·';
    const { outcome, lostWrites, seconds } = result;
    return outcome === path.ends && lostWrites === 0 ? `✓ ${seconds} s` : `✗ ${outcome}, ${lostWrites} lost`;
  };
  const rows = path.states.map(
    (state) => `| ${state} | ${mysqlFaults.map((fault) => verdict(state, fault)).join(' | ')} |`,
  );
  return `### ${path.name}: must be ${path.ends.replace('-', ' ')}

| state | ${mysqlFaults.join(' | ')} |
|---|${mysqlFaults.map(() => '---|').join('')}
${rows.join('\n')}
`;
}
