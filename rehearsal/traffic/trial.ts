import type { ClientBase } from 'pg';
import { identifier } from '../database/postgres-names.ts';
import { noValue } from './acknowledged-writes.ts';
import { codeOf } from './failures.ts';
import { keyOf, type Key } from './keys.ts';
import { requestKinds, type RequestKind } from './request-mix.ts';
import type { Query, Statements, Tokens } from './statements.ts';
import type { Target } from './target.ts';
import type { ValuePool } from './value-pool.ts';
import { isAboutNoColumn } from './written-shape.ts';

/** What the table takes, and for what it does not, why. */
export interface Possible {
  readonly kinds: ReadonlySet<RequestKind>;
  readonly notes: readonly string[];
}

interface Subject {
  readonly target: Target;
  readonly statements: Statements;
  readonly pool: ValuePool;
  /** Some rows. */
  readonly keys: readonly Key[];
  readonly tokens: () => Tokens;
}

/**
 * Tries each kind of request in a transaction that is rolled back, before anything is measured: a constraint or a
 * trigger of the schema's own that our made-up writes do not suit is no failure of the migration.
 */
export async function tryRequests(client: ClientBase, subject: Subject): Promise<Possible> {
  const trial = new Trial(client, subject);
  await client.query('BEGIN');
  try {
    await trial.run();
  } finally {
    await client.query('ROLLBACK');
  }
  return { kinds: trial.kinds, notes: trial.notes };
}

class Trial {
  readonly kinds = new Set<RequestKind>(requestKinds);
  readonly notes: string[] = [];
  readonly #client: ClientBase;
  readonly #subject: Subject;

  constructor(client: ClientBase, subject: Subject) {
    this.#client = client;
    this.#subject = subject;
  }

  async run(): Promise<void> {
    await this.#column();
    await this.#otherColumn();
    await this.#insertAndDelete();
    if (!this.kinds.has('insert')) this.#without('delete', 'the rows would run out');
  }

  async #column(): Promise<void> {
    const { target, pool, statements, keys } = this.#subject;
    const { shape, columns } = target;
    if (isAboutNoColumn(shape)) return;
    if (!pool.hasSample) return this.#without('update', 'there are no values to write into its column');
    if (columns.length === 0) return;
    const names = columns.map(({ name }) => name).join(', ');
    const fresh = Array.from({ length: 3 }, () => pool.takeFresh()).filter((pair) => pair !== undefined);
    for (const [place, pair] of fresh.entries()) {
      const refused = await this.#refusal(statements.update(keys[place % keys.length] ?? '', 'old', pair));
      if (refused !== undefined) {
        pool.forbid('fresh');
        if (target.unique) this.#without('update', `new values for ${names} are refused: ${refused}`);
        break;
      }
    }
    if (target.unique && fresh.length === 0)
      this.#without('update', `no new values for the unique ${names} can be made`);
    const [key = ''] = keys;
    if (
      columns.every(({ nullable }) => nullable) &&
      (await this.#refusal(statements.update(key, 'old', noValue))) !== undefined
    )
      pool.forbid('null');
    await this.#faithful();
  }

  /** A trigger that rewrites what is written would look like a lost write. */
  async #faithful(): Promise<void> {
    const { statements, pool, keys, target } = this.#subject;
    const pair = pool.next(Math.random);
    if (pair === undefined || !this.kinds.has('update')) return;
    const { columns } = target;
    const { text, values } = statements.update(keys[0] ?? '', 'old', pair);
    const kept = columns.map(
      ({ name, type }, at) =>
        `${identifier(name)}::text IS NOT DISTINCT FROM ($${values.length + 1 + at}::${type.sql})::text`,
    );
    const same = await this.#tried({
      text: `${text} RETURNING ${kept.join(' AND ')} AS same`,
      values: [...values, ...columns.map((_, at) => pair.old[at] ?? null)],
    });
    if (typeof same === 'object' && same.rows[0]?.['same'] === false)
      this.#without(
        'update',
        `a trigger changes what is written into ${columns.map(({ name }) => name).join(', ')}`,
      );
  }

  async #otherColumn(): Promise<void> {
    const { statements, keys } = this.#subject;
    const query = statements.updateOther(keys[0] ?? '', keys.at(-1) ?? '');
    if (query === undefined) return this.#without('update-other', 'there is no other column that is free');
    const refused = await this.#refusal(query);
    if (refused !== undefined) this.#without('update-other', refused);
  }

  async #insertAndDelete(): Promise<void> {
    const { target, statements, pool, keys, tokens } = this.#subject;
    if (target.uninsertable !== undefined)
      return this.#without('insert', `${target.uninsertable} leaves no room for rows like the existing ones`);
    const side = target.columns.length === 0 ? 'none' : 'old';
    const pair = side === 'none' ? noValue : pool.next(Math.random);
    if (pair === undefined) return this.#without('insert', 'no new value for its column can be made');
    const inserted = await this.#tried(statements.insert(keys[0] ?? '', side, pair, tokens()));
    if (typeof inserted !== 'object') return this.#without('insert', inserted);
    const key = keyOf(Object.values(inserted.rows[0] ?? {}).map(String));
    const refused = await this.#refusal(statements.delete(key));
    if (refused !== undefined) this.#without('delete', refused);
  }

  #without(kind: RequestKind, why: string): void {
    this.kinds.delete(kind);
    this.notes.push(`no requests of the kind ${kind}: ${why}`);
  }

  async #refusal(query: Query): Promise<string | undefined> {
    const outcome = await this.#tried(query);
    return typeof outcome === 'string' ? outcome : undefined;
  }

  /** The result, or what was wrong. */
  async #tried({
    text,
    values,
  }: Query): Promise<{ readonly rows: readonly Record<string, unknown>[] } | string> {
    await this.#client.query('SAVEPOINT trial');
    try {
      const result = await this.#client.query<Record<string, unknown>>(text, [...values]);
      await this.#client.query('RELEASE SAVEPOINT trial');
      return { rows: result.rows };
    } catch (error) {
      await this.#client.query('ROLLBACK TO SAVEPOINT trial');
      const constraint =
        error instanceof Error && 'constraint' in error ? ` (${String(error.constraint)})` : '';
      return `SQLSTATE ${codeOf(error)}${constraint}`;
    }
  }
}
