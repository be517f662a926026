import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { problemsOf } from '../../cli/commands/init.ts';
import { collectAnswers, type Answers, type Offers } from '../../cli/init/answers.ts';
import type { Asker } from '../../cli/init/asker.ts';
import { fileText, targetFile } from '../../cli/init/file.ts';

import { said } from './said.ts';
import { kindNames, kinds, type KindName } from '../../engine/changes/kinds.ts';
import { parseSpec } from '../../engine/spec/spec.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'underpin-init-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const init = (...words: readonly string[]) => said(['init', folder, ...words], 100);
const rename = ['--kind', 'rename-column', '--table', 'public.users', '--from', 'email', '--to', 'mail'];

const examples: { readonly [K in KindName]: readonly string[] } = {
  'rename-column': ['--from', 'email', '--to', 'mail'],
  'rename-table': ['--to', 'Customers', '--by', 'alias'],
  'move-table': ['--to', 'crm', '--by', 'alias'],
  'change-type': [
    '--column',
    'amount',
    '--to',
    'amount_v2',
    '--type',
    'numeric(14,4)',
    '--up',
    'amount / 100.0',
    '--down',
    '(amount_v2 * 100)::int',
  ],
  'change-primary-key': ['--column', 'id', '--type', 'bigint'],
  'partition-table': [
    '--by',
    'range',
    '--column',
    'created_at',
    '--primary-key',
    '[id, created_at]',
    '--every',
    'month',
    '--from',
    '2026-01-01',
    '--to',
    '2027-01-01',
  ],
  'split-table': ['--into', 'user_profiles', '--columns', '[name, country]'],
  'set-not-null': ['--column', 'country', '--repair', "'DE'"],
  'split-column': [
    '--column',
    'name',
    '--into',
    '{ first: { type: text, up: "split_part(name, \' \', 1)" }, last: { type: text, up: "split_part(name, \' \', 2)" } }',
    '--down',
    "concat_ws(' ', first, last)",
  ],
  'merge-columns': [
    '--columns',
    '{ street: "split_part(address, \', \', 1)", city: "split_part(address, \', \', 2)" }',
    '--into',
    '{ address: { type: text, up: "concat_ws(\', \', street, city)" } }',
  ],
  'add-check': ['--name', 'positive', '--check', 'amount >= 0'],
  'add-foreign-key': [
    '--name',
    'orders_user_fkey',
    '--columns',
    'user_id',
    '--references',
    'public.users',
    '--referenced-columns',
    'id',
  ],
  'add-index': ['--name', 'orders_by_status', '--index', '(status)'],
  'add-unique': ['--name', 'orders_number_key', '--columns', 'number'],
  'drop-index': ['--name', 'orders_open'],
  'add-column': [
    '--column',
    'locale',
    '--type',
    'text',
    '--default',
    "'en'",
    '--backfill',
    "CASE WHEN a = 1 THEN 'x: y' END",
    '--not-null',
  ],
  'drop-not-null': ['--column', 'email'],
  'drop-column': ['--column', 'email'],
  'drop-table': [],
  sql: ['--run', "COMMENT ON TABLE users IS 'people'", '--undo', 'COMMENT ON TABLE users IS NULL'],
};

describe('underpin init', () => {
  test.each(kindNames)('writes a file of %s that is right, and says what is next', async (kind) => {
    const words = [
      '--kind',
      kind,
      '--table',
      '"My Schema"."Users"',
      '--owner',
      'yes',
      '--deadline',
      '2030-01-01',
    ];
    const { code, out, err } = await init(...words, ...examples[kind]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [name = ''] = readdirSync(folder);
    const file = join(folder, name);
    expect(name).toMatch(/^0001-[a-z0-9-]+\.yaml$/u);
    expect(out).toContain(`underpin plan ${file}`);
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/^# yaml-language-server: \$schema=.*schema\.json\n/u);
    const spec = parseSpec(text, file);
    expect(spec).toMatchObject({
      owner: 'yes',
      deadline: '2030-01-01',
      table: { schema: 'My Schema', name: 'Users' },
    });
    expect(spec.change.kind).toBe(kind);
  });

  test('what it offers as comments is right too, once it is uncommented', async () => {
    await init(...rename);
    const [name = ''] = readdirSync(folder);
    const [head = '', ...lines] = readFileSync(join(folder, name), 'utf8').split('\n');
    const keys = /^# ( *[a-zA-Z]+:)/u;
    const whole = [head, ...lines.map((line) => line.replace(keys, '$1'))].join('\n');
    expect(parseSpec(whole, name)).toMatchObject({
      ticket: 'CHG-1042',
      changeWindow: { timeZone: 'UTC' },
      checklist: { notify: ['#oncall'] },
      gates: ['read-switch', 'contract'],
    });
  });

  test('counts on from the highest number, in its width', async () => {
    writeFileSync(join(folder, '00041-other.yaml'), '');
    writeFileSync(join(folder, '9-old.yaml'), '');
    await init(...rename);
    expect(readdirSync(folder)).toContain('00042-rename-users-email.yaml');
  });

  test('overwrites nothing, and does not declare a migration twice', async () => {
    await init(...rename);
    const again = await init(...rename);
    expect(again.code).toBe(2);
    expect(again.err).toContain('0001-rename-users-email.yaml declares rename-users-email already.');
    expect(readdirSync(folder)).toHaveLength(1);
    expect(() => targetFile(join(folder, '0001-rename-users-email.yaml'), given)).toThrow(
      'is not overwritten',
    );
  });

  test('writes no SQL that leaves its place', async () => {
    const words = [
      '--kind',
      'add-column',
      '--table',
      'users',
      '--column',
      'x',
      '--type',
      'text, DROP COLUMN y',
    ];
    const { code, err } = await init(...words);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringContaining('is not one type and nothing else'),
    });
  });

  test('writes nothing that would be refused', async () => {
    const { code, err } = await init(...rename.slice(0, -1), 'email');
    expect(code).toBe(2);
    expect(err).toContain('change.to: The column has this name already.');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('asks nobody who is not there, and says what is missing', async () => {
    expect(await init()).toMatchObject({ code: 2, err: expect.stringContaining('Give --kind') });
    expect((await init('--kind', 'change-type', '--table', 't')).err).toContain(
      'change-type needs --column, --type too.',
    );
    expect((await init('--kind', 'rename')).err).toContain('Allowed choices are rename-column');
  });

  test('refuses a place that cannot be written to before it asks anything', async () => {
    const { code, err } = await said(['init', join(folder, 'none', 'x.yaml')]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('There is no folder') });
  });

  test('names the folder that is missing', () => {
    expect(() => targetFile(join(folder, 'none', 'x.yaml'), given)).toThrow(
      `There is no folder ${join(folder, 'none')}`,
    );
    mkdirSync(join(folder, 'a.txt'));
    expect(() => targetFile(join(folder, 'b.txt'), given)).toThrow('neither a folder nor a .yaml file');
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});

const given = {
  kind: 'rename-column',
  table: 'public.users',
  change: { from: 'email', to: 'mail' },
  ticket: { goal: 'g' },
} as const;

/** A person who answers what is in the list, in its order. */
class Scripted implements Asker {
  readonly asked: string[] = [];
  readonly offered: string[][] = [];
  constructor(private readonly answers: string[]) {}
  text(question: string, suggestion: string): Promise<string> {
    this.asked.push(question);
    return Promise.resolve(this.answers.shift() ?? suggestion);
  }
  choice(question: string, choices: readonly { readonly value: string }[]): Promise<string> {
    this.asked.push(question);
    this.offered.push(choices.map(({ value }) => value));
    return Promise.resolve(this.answers.shift() ?? '');
  }
  readonly told: string[] = [];
  report(problem: string): void {
    this.told.push(problem);
  }
  yes(question: string): Promise<boolean> {
    this.asked.push(question);
    return Promise.resolve(this.answers.shift() === 'yes');
  }
}

const offers: Offers = {
  tables: () => Promise.resolve([{ value: 'public.users', name: 'public.users' }]),
  columns: (table) => Promise.resolve([{ value: `email of ${table}`, name: 'email  text' }]),
};

describe('asking a person', () => {
  test('goes from kind to ticket, offers what the database has, and asks again what must not be empty', async () => {
    const person = new Scripted(['rename-column', 'public.users', 'email of public.users', '', 'mail']);
    expect(await collectAnswers({}, person, offers)).toEqual({
      kind: 'rename-column',
      table: 'public.users',
      change: { from: 'email of public.users', to: 'mail' },
      ticket: { goal: 'Rename users.email of public.users to users.mail' },
    });
    expect(person.offered).toEqual([[...kindNames], ['public.users'], ['email of public.users']]);
    expect(person.asked.filter((question) => question === 'The new column?')).toHaveLength(2);
  });

  test('keeps what was answered and asks at once again for what is wrong', async () => {
    const person = new Scripted([
      'rename-column',
      'a.b.c',
      'public.users',
      'email',
      'email',
      'mail',
      '',
      '',
      '',
      '',
      'soon',
      '',
    ]);
    const { table, change } = await collectAnswers({}, person, null, problemsOf);
    expect({ table, change }).toEqual({ table: 'public.users', change: { from: 'email', to: 'mail' } });
    const repeated = person.asked.filter((question, at) => question === person.asked[at - 1]);
    expect(repeated).toEqual([
      'Which table (schema.table)?',
      'The new column?',
      'By which day (2026-12-20)? (may be empty)',
    ]);
    expect(person.told[1]).toContain('The column has this name already.');
  });

  test('what is wrong only as a whole is asked again at the end, and the rest is kept', async () => {
    const change = [
      'change-type',
      'public.orders',
      'amount',
      'amount_v2',
      'numeric(14,4)',
      'amount /',
      'amount_v2',
    ];
    const person = new Scripted([...change, '', '', '', '', 'amount / 100.0']);
    const { change: asked } = await collectAnswers({}, person, null, problemsOf);
    expect(asked).toMatchObject({ column: 'amount', up: 'amount / 100.0', down: 'amount_v2' });
    expect(person.asked.at(-1)).toContain('SQL that makes the new value');
  });

  test('does not ask what a flag has said', async () => {
    const flags: Answers = {
      kind: 'add-column',
      table: 't',
      column: 'c',
      type: 'text',
      goal: 'g',
      owner: 'o',
    };
    const person = new Scripted(['', '', 'yes', 'CHG-1', '']);
    const { change, ticket } = await collectAnswers(flags, person, null);
    expect(change).toEqual({ column: 'c', type: 'text', notNull: 'true' });
    expect(ticket).toEqual({ goal: 'g', owner: 'o', ticket: 'CHG-1' });
    expect(person.asked).toHaveLength(5);
  });

  test('knows every key of every kind of change', () => {
    const text = fileText({ ...given, change: { from: 'a', to: 'b' } }, join(folder, 'm.yaml'));
    expect(parseSpec(text, 'm.yaml').change).toEqual({ kind: 'rename-column', from: 'a', to: 'b' });
    expect(Object.keys(kinds).toSorted()).toEqual([...kindNames].toSorted());
  });
});
