import type { ComparingWalk, WritingWalk } from '../../../plan/walk.ts';
import type { TableName } from '../../../spec/table-name.ts';
import type { TableCopy } from '../../copies.ts';
import type { KeyColumn } from '../../inspector.ts';
import { KeyAddress } from '../key-address.ts';
import { identifier, qualifiedName } from '../quote.ts';
import { WalkWriter } from '../walk.ts';
import { mostListed } from '../../walk-sql.ts';
import { boundParameter, unpackedParameter, walkOf } from '../walk-parameters.ts';
import { writtenColumns } from './mirror.ts';

/** Copies the table's rows, and compares both sides. */
export const copyWalk = (copy: TableCopy): WritingWalk =>
  writingWalk({ ...copied(copy), from: copy.table, to: copy.fresh, key: copy.key, sampled: copy.table });

const copied = (copy: TableCopy): Pick<Sides, 'written' | 'identity'> => ({
  written: writtenColumns(copy),
  identity: copy.freshKey.map(({ name }) => name),
});

/** Copies rows of one table into another, and compares both. */
export function writingWalk(sides: Sides): WritingWalk {
  const writer = new CopyWriter(sides);
  return {
    cut: writer.cut(),
    batch: new CopyWriter(sides, unpackedParameter).batch(),
    check: writer.check(),
    skip: writer.skip(),
    sweep: writer.sweep(),
    list: writer.list(),
  };
}

/** Afterwards the copy has the name; of the old table a sample of pages is cheap. */
export function compareSwapped(copy: TableCopy): ComparingWalk {
  const writer = new CopyWriter({
    ...copied(copy),
    from: copy.table,
    to: copy.aside,
    key: copy.freshKey,
    sampled: copy.aside,
  });
  return { cut: writer.cut(), check: writer.check(), skip: writer.skip(), list: writer.list() };
}

interface Sides {
  readonly from: TableName;
  readonly to: TableName;
  readonly key: readonly KeyColumn[];
  readonly sampled: TableName;
  readonly written: readonly string[];
  /** What tells rows of either table apart. */
  readonly identity: readonly string[];
  /** True of the rows that the other table must have, in SQL over either; left out: it must have all. */
  readonly only?: string;
}

/**
 * The rows of a range are read under a lock that their writers wait for, and the newest version of each is what is copied:
 * a row that is deleted meanwhile is not there any more, and one that is changed later finds its copy. A range ends where
 * the next one begins, so that a row of the copy alone lies in one of them.
 */
class CopyWriter extends WalkWriter {
  private readonly byKey: KeyAddress;
  private readonly columns: readonly string[];
  private readonly written: string;
  private readonly to: string;
  private readonly identity: readonly string[];
  private readonly only: string | undefined;

  constructor({ from, to, key, sampled, written, identity, only }: Sides, parameter = boundParameter) {
    const walked = walkOf(from, parameter, [to]);
    const rows = new KeyAddress(walked, key, { sampled: qualifiedName(sampled), other: qualifiedName(to) });
    super(walked, rows, { assigned: [], unfilled: '', settings: null });
    this.byKey = rows;
    this.columns = written.map(identifier);
    this.written = this.columns.join(', ');
    this.to = qualifiedName(to);
    this.identity = identity.map(identifier);
    this.only = only;
  }

  override batch(): string {
    return this.batchOf(this.copied(`WHERE ${this.byKey.inRange}`));
  }

  override check(): string {
    return this.checkOf(`count(*) AS mismatches${this.differing([this.untilNext()])}`);
  }

  override list(): string {
    const key = this.identity.map((name) => `coalesce(a.${name}, b.${name}) AS ${name}`).join(', ');
    return `SELECT ${key}${this.differing([])}\n  LIMIT ${mostListed}`;
  }

  /** Rows of either table, of those that the conditions are true of, which the other has not or has otherwise. */
  private differing(conditions: readonly string[]): string {
    const where = [...conditions, ...(this.only === undefined ? [] : [`(${this.only})`])].join(
      '\n      AND ',
    );
    const side = (table: string): string =>
      `(SELECT ${this.written} FROM ${table}${where === '' ? '' : ` WHERE ${where}`})`;
    const joined = this.identity.map((name) => `a.${name} = b.${name}`).join(' AND ');
    const [first = ''] = this.identity;
    return `
  FROM ${side(this.walked.table)} AS a
  FULL JOIN ${side(this.to)} AS b ON ${joined}
  WHERE a.${first} IS NULL OR b.${first} IS NULL OR record_image_ne(a, b)`;
  }

  protected override sweptWrite(at: string): string {
    return `${this.copied(`WHERE ${at}\n    AND (SELECT count(*) FROM fence) = 1`)}\n  RETURNING 1`;
  }

  private copied(where: string): string {
    const key = this.identity.join(', ');
    const at = this.identity.map((name) => `t.${name} = ${this.walked.table}.${name}`).join(' AND ');
    // One that is there although it need not be is made equal too. OFFSET: each is looked up by its key, and never the whole
    // table read for a batch.
    const needed =
      this.only === undefined
        ? ''
        : `\n    AND ((${this.only}) OR EXISTS (SELECT FROM ${this.to} AS t WHERE ${at} OFFSET 0))`;
    const names = this.columns;
    return `  INSERT INTO ${this.to} AS t (${this.written})
  SELECT ${this.written}
  FROM ${this.walked.table}
  ${where}${needed}
  ORDER BY ${this.byKey.columns}
  FOR SHARE
  ON CONFLICT (${key}) DO UPDATE
  SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}
  WHERE record_image_ne(ROW(${names.map((name) => `t.${name}`).join(', ')}), ROW(${names.map((name) => `excluded.${name}`).join(', ')}))`;
  }

  private untilNext(): string {
    const { row } = this.byKey;
    const lower = this.byKey.asRow((_, n) => `(SELECT lo_${n} FROM range)`);
    const upper = this.byKey.asRow(
      (_, n) => `coalesce((SELECT next_${n} FROM range), (SELECT upper_${n} FROM fence))`,
    );
    const next = this.byKey.asRow((_, n) => `(SELECT next_${n} FROM range)`);
    return `${row} >= ${lower} AND ${row} <= ${upper}
      AND ((SELECT next_1 FROM range) IS NULL OR ${row} <> ${next})`;
  }
}
