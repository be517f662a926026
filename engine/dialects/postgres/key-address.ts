import type { KeyColumn } from '../inspector.ts';
import { keyText } from './key-text.ts';
import { cutByKey, type Ends } from './walk-cut.ts';
import { KeyWriter } from './walk-key.ts';
import type { Walked } from './walk-parameters.ts';

/** Rows by their key, of one column or of several. */
export class KeyAddress extends KeyWriter {
  // A key says for ever where its row is.
  readonly file = null;
  readonly stillMeant = null;
  readonly isOutdated = null;

  constructor(
    private readonly walked: Walked,
    key: readonly KeyColumn[],
    private readonly ends: Ends = {},
  ) {
    super(key);
  }

  cut(): string {
    return cutByKey(this.walked, this, this.ends);
  }

  /** True of the rows between both ends of `range`. */
  get inRange(): string {
    const boundOf = (side: 'lo' | 'hi'): string => this.asRow((_, n) => `(SELECT ${side}_${n} FROM range)`);
    return `${this.row} >= ${boundOf('lo')}\n    AND ${this.row} <= ${boundOf('hi')}`;
  }

  /**
   * A condition of the author's, asked of no other row. To compare several columns costs a server more than one operator of
   * the author's: of a small table, which it reads whole, it would ask that first, of each row in turn.
   */
  onlyInRange(condition: string): string {
    return this.isOfSeveral
      ? `CASE WHEN ${this.inRange.replaceAll('\n    ', ' ')} THEN ${condition} END`
      : condition;
  }

  /** Those ends where they are known already: from the checkpoint, and from `$2`. */
  get bounds(): string {
    return `${this.unpackedAs('next', 'lo')}, ${this.unpackedAs('$2', 'hi')}`;
  }

  /** True of the row whose key is `:key`. */
  get noted(): string {
    return `${this.row} = ${this.unpacked(this.walked.parameter('key'))}`;
  }

  /** An end of `range`, as checkpoints keep it. */
  packed(end: 'hi' | 'next'): string {
    return `jsonb_build_array(${this.list((_, n) => keyText(`${end}_${n}`))})`;
  }

  /**
   * CTEs down to `range`, one row: locks the checkpoint, then finds the batch's last key and the next one. The next call of
   * this worker, or a second copy of it, waits at the checkpoint for as long as it takes; only for rows a batch is impatient.
   */
  range(): string {
    const { table, parameter, thisWalk, thisShard, everyRowSeen } = this.walked;
    const boundOf = (side: 'lo' | 'upper'): string =>
      this.asRow((_, n) => `(SELECT ${side}_${n} FROM fence)`);
    return `WITH fence AS MATERIALIZED (
  SELECT ${this.unpackedAs('next', 'lo')},
         ${this.unpackedAs('upper', 'upper')},
         set_config('underpin.worker', 'on', true), ${everyRowSeen}
  FROM underpin.checkpoint
  WHERE ${thisWalk}
    AND ${thisShard} AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT ${this.list((name, n) => `${name} AS key_${n}`)}, row_number() OVER () AS nth
  FROM (
    SELECT ${this.columns}
    FROM ${table}
    WHERE ${this.row} >= ${boundOf('lo')}
      AND ${this.row} <= ${boundOf('upper')}
    ORDER BY ${this.columns}
    OFFSET ${parameter('rows')} - 1 LIMIT 2
  ) AS two
), range AS MATERIALIZED (
  SELECT clock_timestamp() AS began, set_config('lock_timeout', ${parameter('lock_timeout')}, true),
         ${this.list((_, n) => `lo_${n}`)},
         ${this.list((_, n) => `coalesce((SELECT key_${n} FROM ends WHERE nth = 1), upper_${n}) AS hi_${n}`)},
         ${this.list((_, n) => `(SELECT key_${n} FROM ends WHERE nth = 2) AS next_${n}`)},
         EXISTS (SELECT FROM ends) AS whole
  FROM fence
)`;
  }

  get row(): string {
    return this.asRow((name) => name);
  }

  private unpackedAs(json: string, as: 'lo' | 'hi' | 'upper'): string {
    return this.list((_, n, type) => `(${json} ->> ${n - 1})::${type} AS ${as}_${n}`);
  }
}
