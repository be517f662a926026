import { DatabaseError } from 'pg';
import type { Answer } from './query.ts';
import { noValue } from './acknowledged-writes.ts';
import { isRaised, shownCode } from './failures.ts';
import type { Key } from './keys.ts';
import { requestKinds, type RequestKind } from './request-mix.ts';
import type { ApplicationStatements, Tokens } from './statements.ts';
import type { Query } from './query.ts';
import type { ValuePool } from './value-pool.ts';
import { isAboutNoColumn, type WrittenShape } from './written-shape.ts';

/** What the table takes, and for what it does not, why. */
export interface Possible {
  readonly kinds: ReadonlySet<RequestKind>;
  readonly notes: readonly string[];
}

interface Subject {
  readonly target: {
    readonly shape: WrittenShape;
    readonly columns: readonly { readonly name: string; readonly nullable: boolean }[];
    readonly unique: boolean;
    readonly uninsertable: string | undefined;
  };
  readonly statements: ApplicationStatements;
  readonly pool: ValuePool;
  /** Some rows. */
  readonly keys: readonly Key[];
  readonly tokens: () => Tokens;
}

/** Runs a statement in the one session of the trial. */
type Ask = (query: Query) => Promise<Pick<Answer, 'rows' | 'rowCount' | 'generated'>>;

/**
 * Tries each kind of request in a transaction that is rolled back, before anything is measured: a constraint or a
 * trigger of the schema's own that our made-up writes do not suit is no failure of the migration.
 */
export async function tryRequests(ask: Ask, subject: Subject): Promise<Possible> {
  const trial = new Trial(ask, subject);
  await ask(plain('BEGIN'));
  try {
    await trial.run();
  } finally {
    await ask(plain('ROLLBACK'));
  }
  return { kinds: trial.kinds, notes: trial.notes };
}

const plain = (text: string): Query => ({ text, values: [] });

class Trial {
  readonly kinds = new Set<RequestKind>(requestKinds);
  readonly notes: string[] = [];
  readonly #ask: Ask;
  readonly #subject: Subject;

  constructor(ask: Ask, subject: Subject) {
    this.#ask = ask;
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
    const [key = ''] = keys;
    const written = await this.#tried(statements.update(key, 'old', pair), statements.holds(key, pair));
    // MySQL has no truth values.
    if (typeof written === 'object' && ![true, 1, '1'].some((yes) => yes === written.rows[0]?.['same']))
      this.#without(
        'update',
        `a trigger changes what is written into ${target.columns.map(({ name }) => name).join(', ')}`,
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
    const query = statements.insert(keys[0] ?? '', side, pair, tokens());
    const inserted = await this.#tried(query);
    if (typeof inserted !== 'object') return this.#without('insert', inserted);
    const key = query.keyOf({ ...inserted, waitMs: 0, queryMs: 0 });
    if (key === undefined) return this.#without('insert', 'the row to be copied is not there');
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

  /** What the last of them gave, or what was wrong. */
  async #tried(...queries: readonly Query[]): Promise<Awaited<ReturnType<Ask>> | string> {
    await this.#ask(plain('SAVEPOINT trial'));
    try {
      let result: Awaited<ReturnType<Ask>> = { rows: [], rowCount: 0, generated: null };
      for (const query of queries) result = await this.#ask(query);
      await this.#ask(plain('RELEASE SAVEPOINT trial'));
      return result;
    } catch (error) {
      await this.#ask(plain('ROLLBACK TO SAVEPOINT trial'));
      const constraint =
        error instanceof DatabaseError && error.constraint !== undefined && !isRaised(error)
          ? ` (${error.constraint})`
          : '';
      return `SQLSTATE ${shownCode(error)}${constraint}`;
    }
  }
}
