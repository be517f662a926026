import { purposes } from '../../ledger/walk-id.ts';
import { literal } from './quote.ts';
import { ofBeforeEverything } from './transaction-numbers.ts';

/** A column that ledgers of earlier versions lack. */
interface LaterColumn {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  /** For rows that are there, and for those to come. */
  readonly values?: { readonly existing: string; readonly future: string };
}

const columnsSince: readonly LaterColumn[] = [
  // When a walk of before has begun nobody knows.
  {
    table: 'checkpoint',
    name: 'begun_in',
    type: 'pg_snapshot',
    values: { existing: ofBeforeEverything, future: 'pg_current_snapshot()' },
  },
  { table: 'migration', name: 'order_until', type: 'timestamptz' },
  { table: 'migration', name: 'pace', type: 'jsonb' },
  { table: 'migration', name: 'swept_at', type: 'timestamptz' },
  { table: 'migration', name: 'swept_by', type: 'xid8' },
];

/** A column that holds one of a few words. Lists only grow: an earlier version's refuses what this one writes. */
interface Words {
  readonly table: string;
  readonly column: string;
  readonly words: readonly string[];
}

const lists = {
  purpose: { table: 'checkpoint', column: 'purpose', words: purposes },
  applied: { table: 'applied', column: 'direction', words: ['run', 'undo'] },
  unanswered: { table: 'unanswered', column: 'direction', words: ['run', 'undo'] },
  status: {
    table: 'migration',
    column: 'status',
    words: ['running', 'rolled-back', 'completed', 'failed'],
  },
  order: { table: 'migration', column: 'standing_order', words: ['pause', 'abort'] },
} as const satisfies Readonly<Record<string, Words>>;

const checkOf = ({ column, words }: Words): string =>
  `CHECK (${column} IN (${words.map(literal).join(', ')}))`;

/** The rule of a column that holds one of a few words, in the definition of its table. */
export const oneOfWords = (list: keyof typeof lists): string => checkOf(lists[list]);

interface Step {
  readonly isDue: string;
  readonly does: string;
}

const lackingColumn = ({ table, name, type, values }: LaterColumn): Step => {
  const alter = `ALTER TABLE underpin.${table}`;
  return {
    isDue: `NOT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = 'underpin.${table}'::regclass AND attname = '${name}')`,
    does: [
      `${alter} ADD COLUMN ${name} ${type}${values === undefined ? '' : ` NOT NULL DEFAULT ${values.existing}`};`,
      ...(values === undefined ? [] : [`${alter} ALTER COLUMN ${name} SET DEFAULT ${values.future};`]),
    ].join(' '),
  };
};

const shortList = (list: Words): Step => {
  const { table, column, words } = list;
  // As PostgreSQL names it.
  const name = `${table}_${column}_check`;
  return {
    isDue: `EXISTS (SELECT FROM pg_catalog.pg_constraint AS k, unnest(ARRAY[${words.map(literal).join(', ')}]) AS w (word)
      WHERE k.conrelid = 'underpin.${table}'::regclass AND k.conname = '${name}'
        AND strpos(pg_get_constraintdef(k.oid), quote_literal(w.word)) = 0)`,
    does: `ALTER TABLE underpin.${table} DROP CONSTRAINT ${name}, ADD CONSTRAINT ${name} ${checkOf(list)};`,
  };
};

/** What applications read, where a value of theirs refuses the change, comes last. */
const steps: readonly Step[] = [
  ...Object.values(lists).map(shortList),
  ...columnsSince.map(lackingColumn),
].toSorted((a, b) => Number(isRead(a)) - Number(isRead(b)));

function isRead({ does }: Step): boolean {
  return does.startsWith('ALTER TABLE underpin.migration ');
}

const attempts = 40;
const restSeconds = 0.25;

/** Workers wait for each other anyway; a batch of theirs ends within a second or two. */
const lockWaitMs = (step: Step): number => (isRead(step) ? 100 : 5000);

const taken = (step: Step): string => `        IF ${step.isDue} THEN
          PERFORM set_config('lock_timeout', '${lockWaitMs(step)}ms', true);
          ${step.does}
        END IF;`;

/**
 * Brings a ledger of an earlier version up to date; one that lacks nothing is not locked. Who waits for a lock has others wait
 * behind it, and an application's write may be one of them: so that wait is short, what is locked is given up with it, and
 * this is the end of a block, which commits then.
 */
export const upgradeLedger = `  IF ${steps.map(({ isDue }) => isDue).join('\n    OR ')} THEN
    FOR attempt IN 1..${attempts} LOOP
      BEGIN
${steps.map(taken).join('\n')}
        EXIT;
      EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
        IF attempt = ${attempts} THEN
          RAISE;
        END IF;
        PERFORM pg_sleep(${restSeconds});
      END;
    END LOOP;
  END IF;`;
