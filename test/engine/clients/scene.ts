import { EventEmitter, once } from 'node:events';
import { expect } from 'vitest';
import { livedPhases, type PhaseName } from '../../../engine/plan/plan.ts';
import { seededRandom } from '../../../rehearsal/traffic/random.ts';
import type { DatabaseUnderTest } from '../database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from '../migration-under-test.ts';
import type { Assigned, Value } from '../told-sides.ts';
import { ApplicationClient } from './application-client.ts';
import type { ClientShape, Version } from './client-shapes.ts';
import { Moments } from './moments.ts';
import { ToldByClients } from './told-by-clients.ts';

interface Run {
  readonly table: string;
  readonly operations: number;
  readonly seed: number;
  /** Rows can be told apart by applications, and not by the database: it may be NULL. They are large, and move. */
  readonly isKeyless?: boolean;
}

const clients: readonly Version[] = ['old', 'old', 'new', 'new', 'both', 'both'];
const versions: readonly Version[] = ['old', 'new', 'both'];
const rows = 250;

/** Six clients on a table of their own, and the migration that goes on under them. */
export class Scene {
  readonly moments = new Moments();
  readonly #clients: ApplicationClient[] = [];
  readonly #operations = new EventEmitter();
  #done = 0;
  #comparisons = 0;

  private constructor(
    private readonly db: DatabaseUnderTest,
    readonly shape: ClientShape,
    private readonly run: Run,
    private readonly told: ToldByClients,
    private readonly migration: MigrationUnderTest,
  ) {}

  /** Opens a scene, plays it, and ends its clients, however it went. */
  static async played(
    db: DatabaseUnderTest,
    shape: ClientShape,
    run: Run,
    play: (scene: Scene) => Promise<void>,
  ): Promise<void> {
    const scene = await Scene.open(db, shape, run);
    try {
      await play(scene);
    } finally {
      await scene.stop(...versions);
    }
  }

  /** Clients that have been started and have not stopped. */
  get writing(): number {
    return this.#clients.filter(({ isRunning }) => isRunning).length;
  }

  private static async open(db: DatabaseUnderTest, shape: ClientShape, run: Run): Promise<Scene> {
    const { table, seed, isKeyless = false } = run;
    const key = isKeyless ? 'UNIQUE, pad text DEFAULT repeat($$x$$, 900)' : 'PRIMARY KEY';
    await db.sql.query(`CREATE TABLE ${table} (id int ${key}, note int, ${shape.columns});
      CREATE SEQUENCE ${table}_at;
      INSERT INTO ${table} (id, note, ${shape.old.join(', ')})
      SELECT n, n, ${shape.old.map((name) => oneOf(shape.values[name] ?? [])).join(', ')} FROM generate_series(1, ${rows}) AS n`);
    const told = new ToldByClients(shape, (await db.sql.query<Assigned>(`SELECT * FROM ${table}`)).rows);
    const migration = await migrationUnderTest(db.database, table.replace('_', '-'), {
      table: `public.${table}`,
      change: shape.change,
      backfill: { maxBatchRows: 10 },
    });
    const scene = new Scene(db, shape, run, told, migration);
    const random = seededRandom(seed);
    const counted = (): void => {
      scene.#done += 1;
      scene.#operations.emit('next');
    };
    const around = { shape, table, moments: scene.moments, random, counted };
    for (const [at, version] of clients.entries())
      scene.#clients.push(
        new ApplicationClient(`client ${at} (${version})`, version, await db.connect(), around),
      );
    return scene;
  }

  /** Lets the clients write until this share of all operations is done. */
  async until(share: number): Promise<void> {
    while (this.#done < share * this.run.operations) await once(this.#operations, 'next');
  }

  start(...which: readonly Version[]): void {
    for (const client of this.#of(which)) client.start();
  }

  async stop(...which: readonly Version[]): Promise<void> {
    await Promise.all(this.#of(which).map((client) => client.stop()));
  }

  /** The versions that name one of the columns, and those that name none of them. */
  knowing(columns: readonly string[]): readonly Version[] {
    return versions.filter((version) => this.shape.knows[version].some((name) => columns.includes(name)));
  }

  staying(leaving: readonly Version[]): readonly Version[] {
    return versions.filter((version) => !leaving.includes(version));
  }

  has(phase: PhaseName): boolean {
    return livedPhases(this.migration.plan).includes(phase);
  }

  async apply(...phases: readonly PhaseName[]): Promise<void> {
    await this.migration.apply(...phases.filter((phase) => this.has(phase)));
  }

  async undo(...phases: readonly PhaseName[]): Promise<void> {
    await this.migration.undo(...phases.filter((phase) => this.has(phase)));
  }

  async backfill(): Promise<void> {
    if (!this.has('backfill')) return;
    const walked = this.migration.backfill();
    if (this.run.isKeyless) await this.#moveRows(walked);
    await walked;
  }

  moveReads(): Promise<void> {
    return this.moments.change({ authority: 'new' }, () => this.apply('read-switch', 'swap'));
  }

  moveReadsBack(): Promise<void> {
    return this.moments.change({ authority: 'old' }, () => this.undo('swap', 'read-switch'));
  }

  /** A comparison of every row finds no difference, while everybody writes on. */
  async agrees(): Promise<void> {
    if (this.migration.plan.walks.length === 0) return;
    const isSwapped = this.has('swap') && this.moments.now.authority === 'new';
    const purpose = isSwapped ? 'reconcile' : 'verify';
    const walk = { purpose, n: (this.#comparisons += 1) } as const;
    expect((await this.migration.walk('check', walk)).changed).toBe(0);
  }

  /** Nobody writes: all that anybody was told is held against the table. */
  async compare(): Promise<void> {
    await this.stop(...versions);
    const { table, seed } = this.run;
    this.told.hear(this.#clients.flatMap(({ acknowledged }) => acknowledged.splice(0)));
    const { rows: held } = await this.db.sql.query<Assigned>(`SELECT * FROM ${table}`);
    this.told.compare(held, this.moments.now);
    expect(this.told.broken, `seed ${seed}`).toEqual([]);
    expect(this.#clients.flatMap(({ refusals }) => refusals)).toEqual([]);
  }

  /** Makes room in blocks that the walk has left, for rows that it has not met; once all rows get another place. */
  async #moveRows(walked: Promise<unknown>): Promise<void> {
    const walk = { isOver: false };
    const over = walked.finally(() => (walk.isOver = true)).catch(() => undefined);
    for (let n = 0; !walk.isOver; n += 1)
      await this.db.sql.query(`VACUUM ${n === 1 ? 'FULL' : ''} ${this.run.table}`);
    await over;
  }

  #of(which: readonly Version[]): readonly ApplicationClient[] {
    return this.#clients.filter(({ version }) => which.includes(version));
  }
}

const oneOf = (values: readonly Value[]): string => {
  const literals = values.map((value) =>
    typeof value === 'string' ? `'${value}'` : String(value ?? 'NULL'),
  );
  return `(ARRAY[${literals.join(', ')}])[1 + n % ${values.length}]`;
};
