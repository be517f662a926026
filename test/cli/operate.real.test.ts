import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { keyOf } from '../../engine/words/target.ts';
import { holdsTable } from '../../rehearsal/deployment/holds.ts';
import { rehearsedTarget } from '../../rehearsal/deployment/local-target.ts';
import { GuardrailMetrics } from '../../rehearsal/deployment/guardrail-alarms.ts';
import { commandLine, type Said } from './command-line.ts';
import { operatedCloud, type OperatedCloud } from './operated-cloud.ts';

const name = 'rename-users-email';

let operated: OperatedCloud;
let folder: string;
beforeAll(async () => {
  operated = await operatedCloud();
  folder = await mkdtemp(join(tmpdir(), 'underpin-cli-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await operated.close();
});

// By its process id: other test files may rehearse at the same time.
const underpin = (words: string): Promise<Said> => commandLine(`${words} --rehearsal-pid ${process.pid}`);

/** Runs it and expects how it ends; gives all that it said. */
async function ends(code: number, words: string): Promise<string> {
  const said = await underpin(words);
  const all = said.out + said.errors;
  expect([words, said.code, all]).toEqual([words, code, all]);
  if (code === 2) expect(said.errors.trim().split('\n'), 'one line with the remedy').toHaveLength(1);
  return all;
}

const looked = z.object({
  hold: z.object({ hold: z.string() }).nullable(),
  migration: z.object({ status: z.string(), order: z.object({ order: z.string() }).nullable() }),
});

/** Waits until it waits at a hold; then `status --json` says so. */
async function untilAt(hold: string): Promise<void> {
  const { dynamoDb } = operated.cloud;
  const Key = { id: { S: keyOf({ migration: name, target: rehearsedTarget }) } };
  const waitsAt = async (): Promise<boolean> => {
    const { Item } = await dynamoDb.send(new GetItemCommand({ TableName: holdsTable, Key }));
    return Item?.['state']?.S === 'open' && Item['hold']?.S === hold;
  };
  await expect.poll(waitsAt, { timeout: 300_000, interval: 50 }).toBe(true);
  const { hold: open } = looked.parse(JSON.parse(await ends(0, `status ${name} --json`)));
  expect(open?.hold).toBe(hold);
}

// One life of one migration, in order.
describe('a migration, operated from a terminal', () => {
  test('before the first start there is nothing to see, and nothing to answer', async () => {
    const [all, one, approved, paused] = await Promise.all([
      ends(0, 'status'),
      ends(1, `status ${name}`),
      ends(1, 'approve read-switch'),
      ends(1, `pause ${name} --reason x`),
    ]);
    expect(all).toContain('No migration was started here yet');
    expect(one).toContain('underpin start rename-users-email');
    expect(approved).toContain('Nothing waits at read-switch. No migration waits.');
    expect(paused).toContain('no migration was ever started');
  });

  test('what does not start says why', async () => {
    expect(await ends(1, 'start nonsense')).toMatch(
      /nonsense did not start: InvalidSpec.*0001-rename-users-email\.yaml/u,
    );
    expect(await ends(1, 'status nonsense')).toMatch(/nonsense did not start: InvalidSpec/u);
  });

  test('it starts once, and says where it runs', async () => {
    expect(await ends(0, `start ${name}`)).toMatch(
      /Started .*:migration:rename-users-email_rehearsal-\d{8}T\d{6}Z\nIt is planned/u,
    );
    expect(await ends(1, `start ${name}`)).toContain('is running already');
    await untilAt('read-switch');
    expect(await ends(0, 'status')).toMatch(
      /rename-users-email +running +read-switch .* an answer at read-switch/u,
    );
  });

  test('status shows phases, progress, the evidence, and the command that answers', async () => {
    const shown = await ends(0, `status ${name}`);
    expect(shown).toMatch(/✓ backfill .* s {2}500 rows in \d+ batch/u);
    expect(shown).toMatch(/✓ verify .*500 rows compared, 0 differ/u);
    expect(shown).toMatch(/✓ rows compared: 500, 0 mismatches/u);
    expect(shown).toContain(
      `underpin approve read-switch --migration ${name} --rehearsal-pid ${process.pid}`,
    );
    expect(shown).not.toContain('token');
  });

  test('another gate, another migration and a missing reason are refused, and nothing is decided', async () => {
    const [gate, other, override, , , report] = await Promise.all([
      ends(1, 'approve contract'),
      ends(1, 'approve read-switch --migration other'),
      ends(2, 'approve read-switch --override'),
      ends(2, 'reject read-switch'),
      ends(2, `reject read-switch --reason ' '`),
      ends(1, `report ${name}`),
    ]);
    expect(gate).toContain('These wait: rename-users-email at read-switch');
    expect(other).toContain('other does not wait');
    expect(override).toContain('Say why');
    expect(report).toContain('when rename-users-email is over');
    await untilAt('read-switch');
  });

  test('paused it says by whom and why, and goes on when it is told to', async () => {
    expect(await ends(0, `pause ${name} --reason 'a release'`)).toContain('pauses');
    expect(await ends(0, `status ${name}`)).toMatch(
      /paused by \S+ \(claimed\) at .* UTC until .* UTC: a release/u,
    );
    const shown = await ends(0, `status ${name}`);
    expect(shown).toMatch(/paused, running/u);
    expect(shown).toMatch(/‖ read-switch/u);
    expect(await ends(0, `pause ${name} --reason 'lunch'`)).toMatch(
      /Nothing changes: .* is paused by .*: a release/u,
    );
    expect(await ends(0, `status ${name}`)).toContain(': a release');
    expect(await ends(0, `resume ${name} --reason 'released'`)).toContain('goes on');
    expect(await ends(0, `status ${name}`)).not.toContain('paused');
  });

  test('another pace shows who ordered it and why, until the declared one is back', async () => {
    const [neither, both, much, long] = await Promise.all([
      ends(2, `pace ${name} --reason x`),
      ends(2, `pace ${name} --duty-cycle 1 --as-declared --reason x`),
      ends(2, `pace ${name} --duty-cycle 2 --reason x`),
      ends(2, `pause ${name} --for 15d --reason x`),
    ]);
    expect(neither).toContain('Say one of --duty-cycle');
    expect(both).toContain('Say one of --duty-cycle');
    expect(much).toContain('Write 0.05 at the least and 1 at the most.');
    expect(long).toContain('Write a duration from 1m to 14d');
    expect(await ends(0, `pace ${name} --duty-cycle 0.2 --reason 'the sale'`)).toContain(
      'work 20 % of the time',
    );
    expect(await ends(0, `status ${name}`)).toMatch(
      /workers work 20 % of the time, ordered by \S+ \(claimed\) at .* UTC: the sale/u,
    );
    expect(await ends(0, `pace ${name} --as-declared --reason 'over'`)).toContain('as it declares');
    expect(await ends(0, `status ${name}`)).not.toContain('workers work');
  });

  test('approved, reads move; aborted, they go back, and the watch ends with the reason', async () => {
    expect(await ends(0, `approve read-switch --reason 'looks right'`)).toMatch(
      /Approved\. It goes on, and is at bake-50\./u,
    );
    expect(await ends(2, `abort ${name} --reason 'enough'`)).toContain('--yes');
    expect(await ends(0, `abort ${name} --reason 'enough' --yes`)).toContain('rolls back');
    const watched = await ends(1, `status ${name} --watch`);
    expect(watched).toMatch(/rolled-back .*enough/u);
    const shown = await ends(0, `status ${name}`);
    expect(shown).toMatch(/reads +0 % on the new shape/u);
    expect(shown).toMatch(/↩ rollback/u);
  });

  test('the report is fetched as a page and as data', async () => {
    const file = join(folder, 'report.html');
    expect(await ends(0, `report ${name} --out ${file}`)).toContain('rolled-back');
    expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>/iu);
    await ends(0, `report ${name} --out ${join(folder, 'report.json')}`);
    expect(JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'))).toBeTypeOf('object');
    expect(await ends(2, `report ${name} --out /nowhere/report.html`)).toContain('--out');
  });

  test('started again it reaches the contract gate, which wants its acknowledgement, and stays shut on what fails', async () => {
    await ends(0, `start ${name} --no-wait`);
    await untilAt('read-switch');
    await ends(0, 'approve read-switch --no-wait');
    await untilAt('contract');
    expect(await ends(2, 'approve contract')).toContain('--acknowledge-rollback');
    // Nobody reads here, so nothing shows that readers have moved.
    expect(await ends(1, 'approve contract --acknowledge-rollback')).toMatch(
      /✗ reads of the new shape: .*\[a person may pass over it\][^]*stays shut: .*reads of the new shape.* It asks again/u,
    );
    const overridden = `approve contract --acknowledge-rollback --override --reason 'nobody reads here' --no-wait`;
    expect(await ends(0, overridden)).toContain('Approved.');
    await untilAt('quarantine');
    expect(await ends(0, `status ${name}`)).toMatch(
      /▸ quarantine[^]*To end it early: {2}(?:npx )?underpin approve quarantine/u,
    );
  });

  test('the runbook names every command of the way back', async () => {
    const book = await ends(0, `runbook ${name}`);
    expect(book).toContain('1. the old shape gets its name back');
    expect(book).toContain('undo read-switch: ');
    expect(book).toMatch(/underpin reject quarantine --migration rename-users-email/u);
    expect(book).toMatch(/aws appconfig start-deployment --application-id \w+ --environment-id \w+/u);
  });

  test('the SQL of the runbook, run by hand, is the rollback, and the next start goes on from there', async () => {
    const columns = async (): Promise<readonly string[]> =>
      (
        await operated.sql.query<{ name: string; filled: boolean }>(
          "SELECT attname AS name, attnotnull AS filled FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname LIKE '%email%' ORDER BY 1",
        )
      ).rows.map(({ name: column, filled }) => `${column}${filled ? ' NOT NULL' : ''}`);
    expect(await columns()).toEqual(['email_address NOT NULL', 'underpin_quarantined_email NOT NULL']);
    const script = await ends(0, `runbook ${name} --sql`);
    for (const statement of statements(script)) await operated.sql.query(statement);
    expect(await columns()).toEqual(['email NOT NULL', 'email_address']);
    expect(await ends(0, `status ${name}`)).toMatch(/rolled-back since/u);
    expect(await ends(1, 'approve quarantine')).toContain('Nothing waits at quarantine');
    const { rows } = await operated.sql.query('SELECT DISTINCT phase FROM underpin.applied ORDER BY 1');
    expect(rows.map(({ phase }: { readonly phase: string }) => phase)).toEqual(['dual-write', 'expand']);
    expect(await ends(0, `start ${name}`)).toContain('It is planned and has begun');
  });

  test('with the database away, the way back is still told, and a gate can still be refused', async () => {
    await untilAt('read-switch');
    const away = { status: 400, name: 'DatabaseUnavailableException', message: 'away' };
    const isBack = operated.cloud.faults.when(({ service }) =>
      service === 'rds-data' ? { when: 'before', error: away } : undefined,
    );
    const [shown, book] = await Promise.all([ends(1, `status ${name}`), ends(0, `runbook ${name}`)]);
    expect(shown).toContain('The ledger cannot be read: the database answers TransientDatabaseError');
    expect(book).toMatch(
      /underpin-switch-reads-back .*\n.*execution:migration:rename-users-email_rehearsal-/u,
    );
    expect(book).toContain(`"hold":"read-switch","decision":"reject"`);
    expect(await ends(0, `reject read-switch --migration ${name} --reason away`)).toContain('rolls back');
    isBack();
    expect(await ends(1, `status ${name} --watch`)).toMatch(/rolled-back .*GateRejected. away/u);
  });

  test('a guardrail sends it back, and status says which one and by how much', async () => {
    await ends(0, `start ${name}`);
    await untilAt('read-switch');
    const metrics = new GuardrailMetrics(operated.cloud.cloudWatchPlace, rehearsedTarget);
    await metrics.publish({ errorRate: 0.5, latencyExcess: 0 });
    expect(await ends(1, `status ${name} --watch`)).toMatch(/rolled-back/u);
    expect(await ends(0, `status ${name}`)).toMatch(
      /because of +GuardrailBreached: alarm underpin-rehearsal-guardrails is on\n +underpin-rehearsal-error-rate: 0\.5, limit 0\.005\n/u,
    );
  });
});

/** A script as psql cuts it: at semicolons that end a line outside of dollar quotes. */
function statements(script: string): readonly string[] {
  const found: string[] = [];
  let open = '';
  for (const line of script.split('\n')) {
    open += `${line}\n`;
    const quotes = open.match(/\$unit\$/gu)?.length ?? 0;
    if (!line.endsWith(';') || quotes % 2 === 1) continue;
    found.push(open);
    open = '';
  }
  return found;
}
