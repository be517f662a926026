import type { Authority, Pair, PairColumn } from '../dual-write.ts';
import { absentValue } from './absent.ts';
import { isByPlace } from './block-address.ts';
import { agreement } from './converted-pair.ts';
import { allNull, isNull } from './null-test.ts';
import { namesOf } from './pair.ts';
import { identifier, indentLines } from './quote.ts';
import { notePlaces, noteRefused } from './refused-rows.ts';
import { unlessRefused } from './row-errors.ts';
import { createFunction } from './trigger.ts';
import type { Part } from './made-names.ts';
import { assigned, by4, end, newWins, WrittenSides } from './written-sides.ts';

/** The functions of a pair whose values are converted. */
export function convertingFunctions(
  pair: Pair,
  authority: Authority,
  oldNow: readonly string[],
): readonly string[] {
  const it = new ConvertingFunction(pair, oldNow);
  return [
    ...(asksDefaults(pair) ? it.defaults(authority) : []),
    ...(asksNames(pair) ? it.names() : []),
    ...it.converting(authority),
    ...it.places(authority),
  ];
}

/** The function that moves what an INSERT by position gave to the new side, and empties the old one where its default hangs on no session. */
export const movingFunction = (pair: Pair): readonly string[] =>
  new ConvertingFunction(pair, namesOf(pair.old)).moving();

/** Those beside the one that writes both sides. */
export const conversionParts = (pair: Pair): readonly Part[] => [
  ...(asksDefaults(pair) ? (['defaults'] as const) : []),
  ...(asksNames(pair) ? (['names'] as const) : []),
  ...(pair.conversion !== null && isByPlace(pair.key) ? (['refused'] as const) : []),
];

/** Whether a trigger of its own must find out what an INSERT has left out: what that is, hangs on the writer's session. */
export const asksDefaults = (pair: Pair): boolean =>
  pair.conversion !== null &&
  [...pair.old, ...pair.new].some((column) => column.default?.varies === 'by session');

/**
 * Whether an UPDATE may name a part of the new side: on a row that nobody has filled yet the other part is to be computed,
 * and not what was named as NULL.
 */
export const asksNames = (pair: Pair): boolean => pair.conversion !== null && pair.new.length > 1;

class ConvertingFunction extends WrittenSides {
  converting(authority: Authority): readonly string[] {
    const { conversion, old, new: next } = this.pair;
    if (!conversion) throw new Error(`${this.pair.migration} converts nothing`);
    const up = conversion.up.map((expression) => this.fromOld(expression));
    const down = conversion.down.map((expression) => this.fromNew(expression));
    // Values of the old shape that the new one cannot hold must not fail the running application: the new side stays NULL,
    // the row is noted, and the gates stay shut. Once swapped, NULL is what the application would read.
    const toNew =
      authority === 'swapped'
        ? assigned(this.new, up)
        : unlessRefused(assigned(this.new, up), [
            ...this.new.map((value) => `${value} := NULL;`),
            ...noteRefused(this.pair),
          ]);
    const agrees = agreement(
      this.pair,
      { old: this.old, new: this.new },
      { up: typed(up, next), down: typed(down, old) },
    );
    const completed = (when: string): readonly string[] =>
      asksNames(this.pair) ? [`  IF ${when} THEN`, ...by4(this.completed(up)), '  END IF;'] : [];
    const asked = [`wrote_new := ${flag('new')};`, `wrote_old := ${flag('old')};`];
    return createFunction(this.pair, 'dual write', 'installer', [
      ...this.whoWrote(authority, asksDefaults(this.pair) ? asked : undefined),
      ...completed('wrote_new AND NOT wrote_old'),
      '  IF wrote_new OR NOT wrote_old THEN',
      '    -- A lossy conversion agrees when either direction gives what is there; one that fails agrees with nothing.',
      ...by4(unlessRefused([`IF (${agrees}) THEN`, '  RETURN NEW;', 'END IF;'], ['NULL;'])),
      '  END IF;',
      ...(authority === 'old' ? [] : completed('wrote_new AND wrote_old')),
      `  IF ${newWins(authority)} THEN`,
      ...by4(assigned(this.old, down)),
      '  ELSE',
      ...by4(toNew),
      '  END IF;',
      ...end,
    ]);
  }

  /** Where rows have no key. */
  places(authority: Authority): readonly string[] {
    const up = (this.pair.conversion?.up ?? []).map((expression) => this.fromOld(expression));
    return notePlaces(this.pair, authority === 'swapped' ? null : assigned(this.new, up));
  }

  /** Runs as the writer, just before the other: by its rights and its settings the defaults were computed. */
  defaults(authority: Authority): readonly string[] {
    return createFunction(this.pair, 'defaults', 'writer, by our path', [
      'DECLARE',
      '  wrote_old boolean;',
      '  wrote_new boolean;',
      'BEGIN',
      ...(authority === 'swapped' ? this.leftOut() : []),
      ...this.writtenOnInsert(authority).map((line) => `  ${line}`),
      `  PERFORM set_config('underpin.wrote_old', wrote_old::text, true), set_config('underpin.wrote_new', wrote_new::text, true);`,
      ...end,
    ]);
  }

  /** Where the old side alone was written, the new one gets it, as if that had been named. What is refused here is left to those that come last. */
  moving(): readonly string[] {
    const { conversion } = this.pair;
    const up = (conversion?.up ?? []).map((expression) => this.fromOld(expression));
    const isAsked = asksDefaults(this.pair);
    return createFunction(this.pair, 'first', 'installer', [
      'DECLARE',
      `  wrote_old boolean${isAsked ? ` := ${flag('old')}` : ''};`,
      `  wrote_new boolean${isAsked ? ` := ${flag('new')}` : ''};`,
      'BEGIN',
      ...(isAsked ? [] : this.writtenOnInsert('swapped').map((line) => `  ${line}`)),
      '  IF wrote_old AND NOT wrote_new THEN',
      ...by4(
        unlessRefused(
          [...assigned(this.new, up), ...(isAsked ? [] : assigned(this.old, this.untouched()))],
          [isAsked ? `PERFORM set_config('underpin.wrote_old', 'false', true);` : 'NULL;'],
        ),
      ),
      '  END IF;',
      ...end,
    ]);
  }

  /** What was moved is the writer's no more: the old side holds what it would hold if nobody had written it. */
  private leftOut(): readonly string[] {
    return [
      `  IF TG_ARGV[0] = '${movedAway}' THEN`,
      `    IF ${flag('old')} AND NOT ${flag('new')} THEN`,
      ...by4(by2(unlessRefused(assigned(this.old, this.untouched()), ['NULL;']))),
      '    END IF;',
      '    RETURN NEW;',
      '  END IF;',
    ];
  }

  private untouched(): readonly string[] {
    return this.pair.old.map((column) => {
      if (column.refusesNull === true) return absentValue(this.pair, column);
      const { default: otherwise, type } = column;
      // A default that differs at each call has gone to the new side.
      return otherwise === null || otherwise.varies === 'at each call'
        ? 'NULL'
        : `(${otherwise.expression})::${type}`;
    });
  }

  /** Keeps which columns of the new side an UPDATE of an unfilled row names, by their places: `/1/3/`. */
  names(): readonly string[] {
    return createFunction(this.pair, 'names', 'writer', [
      'BEGIN',
      `  PERFORM set_config('underpin.names', CASE WHEN TG_NARGS = 0 THEN '/' ELSE current_setting('underpin.names') || TG_ARGV[0] || '/' END, true);`,
      ...end,
    ]);
  }

  /**
   * A writer of a part of the new side has not seen that nobody had filled the row: the rest is what the old side says,
   * before anything is compared, or it would hang on the backfill's progress whether a row comes out so or so. Where that refuses, so does the write, or the rest would be lost.
   */
  private completed(up: readonly string[]): readonly string[] {
    const { new: next } = this.pair;
    const held = namesOf(next).map((name) => `OLD.${identifier(name)}`);
    return [
      `IF TG_OP = 'UPDATE' AND ${allNull(held, next)} THEN`,
      ...next.flatMap((column, at) => [
        `  IF ${isNull(this.new[at] ?? '', column)} AND strpos(coalesce(current_setting('underpin.names', true), '/'), '/${at + 1}/') = 0 THEN`,
        `    ${this.new[at] ?? ''} := ${up[at] ?? ''};`,
        '  END IF;',
      ]),
      'END IF;',
    ];
  }

  private fromOld(expression: string): string {
    return this.converted(expression, namesOf(this.pair.old), this.old);
  }

  private fromNew(expression: string): string {
    return this.converted(expression, namesOf(this.pair.new), this.new);
  }

  // The expression speaks of the other side by its columns' names, with or without the table's: a one-row subquery has both.
  private converted(expression: string, columns: readonly string[], values: readonly string[]): string {
    const row = `(SELECT ${values.join(', ')}) AS ${identifier(this.pair.table.name)} (${columns.map(identifier).join(', ')})`;
    return `(SELECT (${expression}) FROM ${row})`;
  }
}

/** The argument of the trigger that empties the old side. */
export const movedAway = 'moved away';

const by2 = (lines: readonly string[]): readonly string[] => lines.map((line) => indentLines(line));
const typed = (values: readonly string[], columns: readonly PairColumn[]): readonly string[] =>
  values.map((value, at) => `${value}::${columns[at]?.type ?? ''}`);
const flag = (side: string): string => `current_setting('underpin.wrote_${side}')::boolean`;
