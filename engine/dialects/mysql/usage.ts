import * as z from 'zod';
import { one, type Database } from '../../database/database.ts';
import type { NamedStatement, StatementsMeasured } from '../../evidence/measured.ts';
import type { Claim } from '../../ledger/ledger.ts';
import type { Usage, UsedColumns } from '../usage.ts';
import { digestNaming } from './digest-naming.ts';
import {
  calledDigest,
  calledSince,
  digestsTrouble,
  note,
  noteDigests,
  noteToCountFrom,
  digestsTroubleFacts,
  type CalledDigest,
} from './digests.ts';
import { describeMentions, describeTableMentions, describeTriggersBehind } from './mentions.ts';
import { describeViews } from './tables.ts';

const named = z.object({ what: z.string() });

/** By the digests of performance_schema, and by words in what the catalog holds. */
export function usage(database: Database, used: UsedColumns): Usage {
  const { table, columns } = used;
  const all = async (
    statements: readonly ReturnType<typeof describeMentions>[],
  ): Promise<readonly string[]> => {
    const found: string[] = [];
    for (const statement of statements)
      found.push(...(await database.rows(statement, named)).map(({ what }) => what));
    return found;
  };
  return {
    note: (claim) => noted(database, used, claim),
    statements: (claim, seconds) => statementsSince(database, used, { claim, seconds }),
    triggersBehind: (to) => all(columns.map((column) => describeTriggersBehind(table, column, to))),
    bound: () => Promise.resolve([]),
    catalog: async () => ({
      dependents: await all(
        columns.length === 0
          ? [describeViews(table), describeTableMentions(table)]
          : columns.map((column) => describeMentions(table, column)),
      ),
      functions: [],
      notes: ['views, routines, triggers and events are judged by the words in them'],
    }),
  };
}

async function noted(database: Database, used: UsedColumns, { migration, epoch }: Claim): Promise<void> {
  const statement = noteDigests(used);
  await database.run({ ...statement, parameters: { ...statement.parameters, migration, epoch } });
}

interface Window {
  readonly claim: Claim;
  readonly seconds: number;
}

async function statementsSince(
  database: Database,
  used: UsedColumns,
  { claim, seconds }: Window,
): Promise<StatementsMeasured> {
  const { migration, epoch } = claim;
  const [from] = await database.rows(
    { text: noteToCountFrom, parameters: { migration, epoch, seconds } },
    note,
  );
  if (from === undefined) {
    // From here on it can be counted: the next question finds this note.
    await noted(database, used, claim);
    return {
      kind: 'unmeasured',
      why: 'nothing was counted when the window began; it is counted from now on',
    };
  }
  const statements = await calledAfter(database, used, from.id);
  const why = await troubleSince(database, used, from.id);
  if (why !== null) {
    // Nobody notes anything while a gate waits: whoever asks again behind the silence finds this one.
    await noted(database, used, claim);
    return { kind: 'unmeasured', why };
  }
  const judged = statements.map((statement) => ({ statement, ...together(statement, used) }));
  return {
    kind: 'counted',
    since: from.since,
    readers: 0,
    named: judged
      .filter(({ names }) => names)
      .map(({ statement, ...naming }): NamedStatement => ({
        ...naming,
        queryId: statement.digest.slice(0, 16),
        role: statement.schema === null ? 'any role' : `any role in ${statement.schema}`,
        calls: statement.calls,
      })),
    wholeRow: judged.filter(({ names, wholeRow }) => !names && wholeRow).length,
  };
}

async function calledAfter(
  database: Database,
  used: UsedColumns,
  from: number,
): Promise<readonly CalledDigest[]> {
  const statement = calledSince(used);
  const all: CalledDigest[] = [];
  for (let after = ''; ;) {
    const page = await database.rows(
      { ...statement, parameters: { ...statement.parameters, note: from, after } },
      calledDigest,
    );
    all.push(...page);
    const last = page.at(-1);
    if (!last) return all;
    after = last.key;
  }
}

async function troubleSince(database: Database, used: UsedColumns, from: number): Promise<string | null> {
  const statement = digestsTrouble(used);
  const { restarted, emptied, unkept, dark, off } = await one(
    database,
    { ...statement, parameters: { ...statement.parameters, note: from } },
    digestsTroubleFacts,
  );
  if (dark)
    return 'performance_schema is off: switch it on, in the parameter group of the cluster, and restart the server before the window';
  if (off)
    return 'performance_schema does not see every statement: enable the consumer statements_digest, the instruments statement/sql/% and statement/com/%, and all of setup_actors';
  if (restarted) return 'the server was restarted since the window began, and has forgotten its statements';
  if (emptied) return 'the digests were emptied since the window began';
  if (unkept > 0)
    return 'the server ran out of room for digests since the window began: raise performance_schema_digests_size, or empty them before the window';
  return null;
}

/** What a statement has to do with any of the columns; with the table, where none is asked for. */
function together(statement: CalledDigest, { table, columns }: UsedColumns) {
  const asked = columns.length === 0 ? [null] : columns;
  const each = asked.map((column) => digestNaming(statement, table, column));
  const naming = each.filter(({ names }) => names);
  return {
    verb: each[0]?.verb ?? '',
    names: naming.length > 0,
    writes: naming.some(({ writes }) => writes),
    doubtful: each.some(({ doubtful }) => doubtful),
    wholeRow: each.some(({ wholeRow }) => wholeRow),
  };
}
