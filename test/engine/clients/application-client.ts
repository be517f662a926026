import type { Client } from 'pg';
import { pick, type Random } from '../../../rehearsal/traffic/random.ts';
import { sqlState } from '../database-under-test.ts';
import type { Assigned, Value } from '../told-sides.ts';
import type { ClientShape, Version } from './client-shapes.ts';
import type { Moment, Moments } from './moments.ts';

/** A write that the database has acknowledged, with the row as it was shown to its writer. */
export interface Acknowledged {
  /** Drawn from a sequence while the row was locked: two writes of one row have happened in this order. */
  readonly at: number;
  readonly client: string;
  readonly version: Version;
  /** `excluded`: where the row is there already, it gets what INSERT would have written. */
  readonly does: 'insert' | 'excluded' | 'update' | 'delete' | 'rekey';
  readonly id: number;
  /** The key that the row got. */
  readonly to: number;
  readonly set: Assigned;
  readonly shown: Assigned;
  readonly moments: readonly Moment[];
}

export interface Surroundings {
  readonly shape: ClientShape;
  readonly table: string;
  readonly moments: Moments;
  readonly random: Random;
  /** Called before each operation. */
  readonly counted: () => void;
}

type Does = 'insert' | 'update' | 'upsert' | 'excluded' | 'touch' | 'delete' | 'rekey' | 'load' | 'save';
const mix: readonly Does[] = [
  ...Array<Does>(4).fill('insert'),
  ...Array<Does>(6).fill('update'),
  ...Array<Does>(3).fill('upsert'),
  ...Array<Does>(2).fill('excluded'),
  ...Array<Does>(4).fill('load'),
  ...Array<Does>(4).fill('save'),
  'touch',
  'delete',
  'delete',
  'rekey',
  'rekey',
];

const keys = 300;
const contested = 12;
const mostLoaded = 30;

/** A process of the application, of one version. It remembers what it was told and expects to find it. */
export class ApplicationClient {
  readonly acknowledged: Acknowledged[] = [];
  readonly refusals: string[] = [];
  readonly #loaded = new Map<number, Assigned>();
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(
    readonly name: string,
    readonly version: Version,
    private readonly client: Client,
    private readonly around: Surroundings,
  ) {}

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  start(): void {
    this.#stopped = false;
    this.#loaded.clear();
    this.#running ??= this.#run();
  }

  /** Resolves when the last answer has come. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
    this.#running = undefined;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.around.counted();
      if (this.around.random() < 0.1) await this.#transaction();
      else this.acknowledged.push(...(await this.#act(this.around.moments.place)));
    }
  }

  /** Several writes that count together or not at all. */
  async #transaction(): Promise<void> {
    const place = this.around.moments.place;
    const state = await sqlState(this.#inTransaction(place));
    if (state !== 'no error') {
      await this.client.query('ROLLBACK');
      this.#refused(state);
    }
  }

  async #inTransaction(place: number): Promise<void> {
    const told: Acknowledged[] = [];
    await this.client.query('BEGIN');
    for (let n = 0; n < 3; n += 1) told.push(...(await this.#acted(place)));
    const isKept = this.around.random() < 0.7;
    await this.client.query(isKept ? 'COMMIT' : 'ROLLBACK');
    if (isKept) this.acknowledged.push(...told);
  }

  async #act(place: number): Promise<readonly Acknowledged[]> {
    const acting = this.#acted(place);
    const state = await sqlState(acting);
    if (state === 'no error') return acting;
    this.#refused(state);
    return [];
  }

  #refused(state: string): void {
    // Another row has the key that this one was to get; two transactions wait for each other.
    if (state !== '23505' && state !== '40P01') this.refusals.push(state);
  }

  async #acted(place: number): Promise<readonly Acknowledged[]> {
    const does = pick(mix, this.around.random) ?? 'touch';
    const id = this.#key();
    const { table } = this.around;
    const where = `WHERE id = ${id}`;
    if (does === 'load') return this.#load(id);
    if (does === 'delete') return this.#told(place, { does, id }, `DELETE FROM ${table} ${where}`, {});
    if (does === 'rekey') {
      const to = this.#key();
      return this.#told(place, { does, id, to }, `UPDATE ${table} SET id = ${to} ${where}`, {});
    }
    if (does === 'save') return this.#save(place);
    const set = does === 'touch' ? { note: this.#value('note') } : this.#assigned();
    if (does === 'update' || does === 'touch') return this.#update(place, id, set);
    return this.#insert(place, does, id, set);
  }

  async #load(id: number): Promise<readonly Acknowledged[]> {
    const { table } = this.around;
    const { rows } = await this.client.query<Assigned>(
      `SELECT ${this.#names.join(', ')} FROM ${table} WHERE id = ${id}`,
    );
    if (this.#loaded.size > mostLoaded) this.#loaded.clear();
    if (rows[0]) this.#loaded.set(id, rows[0]);
    return [];
  }

  /** Writes a row whole that was loaded a while ago, with one column changed. */
  async #save(place: number): Promise<readonly Acknowledged[]> {
    const [id, loaded] = pick([...this.#loaded], this.around.random) ?? [];
    if (id === undefined || loaded === undefined) return [];
    const column = pick(this.#names, this.around.random) ?? 'note';
    return this.#update(place, id, { ...loaded, [column]: this.#value(column) });
  }

  #update(place: number, id: number, set: Assigned): Promise<readonly Acknowledged[]> {
    const assigned = Object.keys(set).map((name, at) => `${name} = $${at + 1}`);
    const sql = `UPDATE ${this.around.table} SET ${assigned.join(', ')} WHERE id = ${id}`;
    return this.#told(place, { does: 'update', id }, sql, set);
  }

  #insert(
    place: number,
    does: 'insert' | 'upsert' | 'excluded',
    id: number,
    set: Assigned,
  ): Promise<readonly Acknowledged[]> {
    const names = Object.keys(set);
    const update = names.map(
      (name, at) => `${name} = ${does === 'excluded' ? `excluded.${name}` : `$${at + 1}`}`,
    );
    const sql = `INSERT INTO ${this.around.table} (id, ${names.join(', ')})
      VALUES (${id}, ${names.map((_, at) => `$${at + 1}`).join(', ')})
      ON CONFLICT ${does === 'insert' ? 'DO NOTHING' : `(id) DO UPDATE SET ${update.join(', ')}`}`;
    return this.#told(place, { does: does === 'excluded' ? does : 'insert', id }, sql, set);
  }

  async #told(
    place: number,
    { does, id, to = id }: Pick<Acknowledged, 'does' | 'id'> & { readonly to?: number },
    sql: string,
    set: Assigned,
  ): Promise<readonly Acknowledged[]> {
    const { table, moments } = this.around;
    const { rows } = await this.client.query<Assigned & { readonly at: number }>(
      `${sql} RETURNING nextval('${table}_at')::int AS at, ${this.#names.join(', ')}`,
      Object.values(set),
    );
    return rows.map(({ at, ...shown }) => ({
      at,
      client: this.name,
      version: this.version,
      does,
      id,
      to,
      set,
      shown,
      moments: moments.since(place),
    }));
  }

  get #names(): readonly string[] {
    return ['note', ...this.around.shape.knows[this.version]];
  }

  #key(): number {
    const { random } = this.around;
    return 1 + Math.floor(random() * (random() < 0.5 ? contested : keys));
  }

  #value(column: string): Value {
    const { random, shape } = this.around;
    if (column === 'note') return Math.floor(random() * 1000);
    return pick(shape.values[column] ?? [], random) ?? null;
  }

  /** Some of the columns that it knows, at least one. */
  #assigned(): Assigned {
    const { random } = this.around;
    const some = this.#names.filter(() => random() < 0.5);
    const names = some.length > 0 ? some : [pick(this.#names, random) ?? 'note'];
    return Object.fromEntries(names.map((name) => [name, this.#value(name)]));
  }
}
