import {
  noValue,
  type AcknowledgedWrites,
  type PromisedWrite,
  type ValuePair,
  type WrittenSide,
} from './acknowledged-writes.ts';
import type { Answer } from './query.ts';
import { valuesOf, type Key, type Keys } from './keys.ts';
import type { Measurements } from './measurements.ts';
import type { Random } from './random.ts';
import type { Readers, Side } from './readers.ts';
import type { RequestKind } from './request-mix.ts';
import { sideBySide } from './side-by-side.ts';
import { sideWritten, type Stage, type Version } from './stages.ts';
import type { ApplicationStatements, Tokens } from './statements.ts';
import type { Query } from './query.ts';
import type { TrafficTarget } from './preparation.ts';
import type { ValuePool } from './value-pool.ts';
import { isAboutNoColumn } from './written-shape.ts';

/** Runs a statement of the application's. */
export type Run = (query: Query) => Promise<Answer>;

/** A request made up and ready to be sent. */
export interface Request {
  /** Sends it; rejects when it has failed. */
  send(run: Run): Promise<Answer>;
  /** Called when the database has acknowledged it. */
  acknowledged(answer: Answer): void;
  /** Called when nobody knows whether it was carried out. */
  unknown(): void;
  /** Called last, in any case. */
  done(): void;
}

/** A row that should have been there was not. Counts as a failed request. */
export class RowMissing extends Error {
  override readonly name = 'RowMissing';
  readonly code = 'row missing';
  constructor() {
    super('a row that the traffic knows was not there to be written');
  }
}

export interface RequestParts {
  readonly target: TrafficTarget;
  readonly statements: ApplicationStatements;
  /** By the table's new name, where it gets one. */
  readonly renamed?: ApplicationStatements | undefined;
  readonly keys: Keys;
  readonly pool: ValuePool;
  readonly writes: AcknowledgedWrites;
  readonly measurements: Measurements;
  readonly readers: Readers;
  readonly random: Random;
  readonly tokens: () => Tokens;
  /** Every version writes both sides itself, once the new one is there. */
  readonly writesBoth?: boolean | undefined;
}

/** Below this nothing is deleted: a table run empty would have no rows left for requests of any kind. */
const fewestRows = 10;

const nothing = (): void => {};

/** Makes up requests as a version of the application would send them, and keeps what the database promises. */
export class Requests {
  readonly #parts: RequestParts;
  readonly #makers: Readonly<Record<RequestKind, (version: Version, stage: Stage) => Request | undefined>>;

  constructor(parts: RequestParts) {
    this.#parts = parts;
    this.#makers = {
      read: (version, stage) => this.#read(version, stage),
      update: (version, stage) => this.#update(version, stage),
      'update-other': (version, stage) => this.#updateOther(version, stage),
      insert: (version, stage) => this.#insert(version, stage),
      delete: (version, stage) => this.#delete(version, stage),
    };
  }

  /** A request of the kind; where the moment has no row or value for it, a read; `undefined` on an empty table. */
  make(kind: RequestKind, version: Version, stage: Stage): Request | undefined {
    if (this.#parts.target.shape.kind === 'leaving table' && version === 'new') return this.#elsewhere();
    return this.#makers[kind](version, stage) ?? this.#read(version, stage);
  }

  /** The new version does not know the table. */
  #elsewhere(): Request {
    const query = this.#parts.statements.elsewhere();
    return { send: (run) => run(query), acknowledged: nothing, unknown: nothing, done: nothing };
  }

  #read(version: Version, stage: Stage): Request | undefined {
    const { keys, random, statements, measurements, readers, target } = this.#parts;
    const { kind } = target.shape;
    const key = keys.any(random);
    if (key === undefined) return undefined;
    const without = isAboutNoColumn(target.shape);
    const old = statements.read(key, without || kind === 'added' ? 'none' : 'old');
    const fresh = (this.#parts.renamed ?? statements).read(
      key,
      without || kind === 'leaving' ? 'none' : 'new',
    );
    let read: Side = 'old';
    return {
      send: async (run) => {
        const ways = { old: () => run(old), new: () => run(fresh) };
        const { side, answer } = await readers.read(version, stage, valuesOf(key).join(','), ways);
        read = side;
        return answer;
      },
      acknowledged: () => measurements.read(read),
      unknown: nothing,
      done: nothing,
    };
  }

  #update(version: Version, stage: Stage): Request | undefined {
    const side = this.#side(version, stage);
    if (side === 'none') return this.#updateOther(version, stage);
    const { keys, random, statements, pool, measurements } = this.#parts;
    const value = pool.next(random);
    const key = value && keys.claim(random);
    if (key === undefined || value === undefined) return undefined;
    if (this.#isSideBySide(stage)) return this.#sideBySide(key, value);
    return this.#write(key, statements.update(key, side, value), { state: side, value }, () => {
      measurements.writes[side] += 1;
    });
  }

  #isSideBySide(stage: Stage): boolean {
    return this.#parts.writesBoth === true && stage === 'both';
  }

  /** Two statements, of which the second may be lost; what is promised is what both sides are to hold in the end. */
  #sideBySide(key: Key, value: ValuePair): Request {
    const { statements, readers, measurements, random } = this.#parts;
    const query = statements.update(key, 'old', value);
    const queries = { old: query, new: statements.update(key, 'new', value) };
    const write = this.#write(key, query, { state: 'both', value }, () => {
      measurements.writes.both += 1;
    });
    return {
      ...write,
      send: (run) =>
        sideBySide(queries, run, {
          write: (ways) => readers.write(valuesOf(key).join(','), ways),
          random,
        }),
    };
  }

  /** By the name of the table that a version uses. */
  #naming(version: Version, stage: Stage): ApplicationStatements {
    const { statements, renamed, random } = this.#parts;
    return sideWritten(version, stage, random) === 'old' ? statements : (renamed ?? statements);
  }

  #updateOther(version: Version, stage: Stage): Request | undefined {
    const { keys, random } = this.#parts;
    const source = keys.any(random);
    const key = keys.claim(random);
    if (key === undefined || source === undefined) return undefined;
    const query = this.#naming(version, stage).updateOther(key, source);
    if (query !== undefined) return this.#write(key, query, { state: 'there' });
    keys.release(key);
    return undefined;
  }

  #delete(version: Version, stage: Stage): Request | undefined {
    const { keys, random, target } = this.#parts;
    // Rows of other tables may point at what was here before; nobody can at what only the traffic knows.
    if (keys.size <= fewestRows) return undefined;
    const key = keys.claim(random, target.description.referenced ? 'inserted' : 'all');
    if (key === undefined) return undefined;
    return this.#write(key, this.#naming(version, stage).delete(key), { state: 'gone' }, () =>
      keys.removed(key),
    );
  }

  #write(key: Key, query: Query, promised: PromisedWrite, also: () => void = nothing): Request {
    const { keys, writes } = this.#parts;
    return {
      send: (run) => run(query),
      acknowledged: ({ rowCount }) => {
        if (rowCount === 0) {
          keys.removed(key);
          throw new RowMissing();
        }
        writes.acknowledged(key, promised);
        also();
      },
      unknown: () => {
        // The statement may still be running: another write to the row could be overtaken by it.
        writes.unknown(key, promised);
        keys.removed(key);
      },
      done: () => keys.release(key),
    };
  }

  #insert(version: Version, stage: Stage): Request | undefined {
    const { keys, random, pool, writes, measurements, tokens } = this.#parts;
    // A row is inserted by one statement that names both sides: it would lack the other one until the second.
    const side = this.#isSideBySide(stage) ? 'both' : this.#side(version, stage);
    const value: ValuePair | undefined = side === 'none' ? noValue : pool.next(random);
    const source = keys.any(random);
    if (value === undefined || source === undefined) return undefined;
    const query = this.#naming(version, stage).insert(source, side, value, tokens());
    return {
      send: (run) => run(query),
      acknowledged: (answer) => {
        const key = query.keyOf(answer);
        // The row to be copied has been deleted meanwhile: nothing was inserted, and nobody was told otherwise.
        if (key === undefined) return;
        writes.acknowledged(key, side === 'none' ? { state: 'there' } : { state: side, value });
        if (side !== 'none') measurements.writes[side] += 1;
        keys.added(key);
      },
      unknown: nothing,
      done: nothing,
    };
  }

  /** `none`: the version knows of no such column, or there is none. */
  #side(version: Version, stage: Stage): WrittenSide | 'none' {
    const side = sideWritten(version, stage, this.#parts.random);
    const { shape } = this.#parts.target;
    const { kind } = shape;
    // By one statement it writes one table, and through a view one name.
    const isOne = shape.kind === 'pair' && (shape.base !== undefined || shape.half !== undefined);
    if (shape.kind === 'pair') return isOne && side === 'both' ? 'new' : side;
    if (kind === 'kept') return 'old';
    if (kind === 'leaving') return version === 'old' ? 'old' : 'none';
    return isAboutNoColumn(shape) || version === 'old' || side === 'old' ? 'none' : 'new';
  }
}
