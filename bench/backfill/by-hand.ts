import type { Client } from 'pg';
import { passAsWorker, settle, underTriggers, type Measure } from './prepared.ts';
import type { Subject } from './subjects.ts';

/** Rows of the hand-written loop's statements, as examples of batch loops have it. */
const loopRows = 10_000;

/** One statement for the whole table, into something of its own that goes again. */
export async function plainCopy<T>(client: Client, subject: Subject, measure: Measure<T>): Promise<T> {
  const { before, copy, after } = subject.byHand;
  if (before !== undefined) await client.query(before);
  await settle(client, subject);
  const result = await measure(() => written(client, copy));
  if (after !== undefined) await client.query(after);
  return result;
}

/** The same with the migration's triggers on, which let it pass as they let a worker pass. */
export const copyUnderTriggers = <T>(client: Client, subject: Subject, measure: Measure<T>): Promise<T> =>
  underTriggers(client, subject, () => measure(() => written(client, subject.copy('true'))));

/**
 * Batches by key range, each its own transaction, one after the other, with the triggers on: what teams write by hand.
 * `beside`: sessions that take their share of the keys meanwhile.
 */
export const loopUnderTriggers = <T>(
  client: Client,
  subject: Subject,
  measure: Measure<T>,
  beside: readonly Client[] = [],
): Promise<T> =>
  underTriggers(client, subject, async () => {
    const sessions = [client, ...beside];
    for (const each of beside) await each.query(passAsWorker);
    const shares = await sharesOf(client, subject, sessions.length);
    return measure(async () => {
      const loops = sessions.map((each, at) => loop(each, subject, shares[at] ?? ['', '']));
      return (await Promise.all(loops)).reduce((sum, done) => sum + done, 0);
    });
  });

/** Keys after the first and up to the second. */
type Share = readonly [after: string, last: string];

async function sharesOf(client: Client, { table, key }: Subject, count: number): Promise<Share[]> {
  const before = key === 'uuid' ? '00000000-0000-0000-0000-000000000000' : '0';
  const { rows } = await client.query<{ last: string }>(
    `SELECT DISTINCT ON (part) id::text AS last
     FROM (SELECT id, ntile($1) OVER (ORDER BY id) AS part FROM ${table}) AS keys
     ORDER BY part, id DESC`,
    [count],
  );
  const ends = rows.map(({ last }) => last);
  return ends.map((last, at) => [ends[at - 1] ?? before, last]);
}

async function loop(client: Client, subject: Subject, [after, last]: Share): Promise<number> {
  let done = 0;
  for (let from = after; from !== last;) {
    const to = await nextKey(client, subject, from, last);
    done += await written(client, subject.copy(`id > '${from}' AND id <= '${to}'`));
    from = to;
  }
  return done;
}

/** Whole numbers are counted, others looked up. */
async function nextKey(client: Client, { table, key }: Subject, from: string, last: string): Promise<string> {
  if (key === 'whole') return String(Math.min(Number(from) + loopRows, Number(last)));
  const { rows } = await client.query<{ id: string }>(
    `SELECT id::text FROM ${table} WHERE id > $1 AND id <= $2 ORDER BY id LIMIT 1 OFFSET ${loopRows - 1}`,
    [from, last],
  );
  return rows[0]?.id ?? last;
}

/**
 * Batches of rows that have not been copied, whichever they are, until there is none: the loop of AWS's samples
 * (`WHERE id IN (SELECT … WHERE … LIMIT n)`), with the triggers on.
 */
export const limitLoopUnderTriggers = <T>(
  client: Client,
  subject: Subject,
  uncopied: string,
  measure: Measure<T>,
): Promise<T> =>
  underTriggers(client, subject, () =>
    measure(async () => {
      const some = `id IN (SELECT id FROM ${subject.table} WHERE ${uncopied} LIMIT ${loopRows})`;
      for (let all = 0; ;) {
        const rows = await written(client, subject.copy(some));
        if (rows === 0) return all;
        all += rows;
      }
    }),
  );

const written = async (client: Client, statement: string): Promise<number> =>
  (await client.query(statement)).rowCount ?? 0;
