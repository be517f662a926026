import type { Authority, Pair, PairColumn } from '../dual-write.ts';
import { agreement, valueChanged, distinct, namesOf } from './pair.ts';
import { identifier, indentLines } from './quote.ts';
import { notePlaces, noteRefused } from './refused-rows.ts';
import { unlessRefused } from './row-errors.ts';
import { createFunction } from './trigger.ts';

/** The argument of a trigger that fires where an UPDATE named the new side and gave it the values that it had. */
export const namedNew = 'named new';

/** The argument of a trigger that fires where an UPDATE saves a row as it was loaded before the new side was filled. */
export const loadedBefore = 'loaded before';

/**
 * The functions behind the pair's triggers. A side counts as written when one of its columns differs from the row's
 * former value or, on INSERT, from its default: so an application that inserts only the new side keeps its values although
 * the old one has a default. When both were written and disagree, the authority wins; when neither was, the row has not
 * been written since dual write began, and the old side is the truth.
 * Replacing them changes the authority, or follows renamed old columns, without a lock on the table.
 */
export function pairFunctions(
  pair: Pair,
  authority: Authority,
  oldNow: readonly string[],
): readonly string[] {
  const it = new PairFunction(pair, oldNow);
  return [
    ...(asksDefaults(pair) ? it.defaults(authority) : []),
    ...(asksNames(pair) ? it.names() : []),
    ...(pair.conversion ? [...it.converting(authority), ...it.places(authority)] : it.copying(authority)),
  ];
}

/** Whether a trigger of its own must find out what an INSERT has left out: what that is, hangs on the writer's session. */
export const asksDefaults = (pair: Pair): boolean =>
  pair.conversion !== null &&
  [...pair.old, ...pair.new].some((column) => column.default?.varies === 'by session');

/**
 * Whether an UPDATE may name a part of the new side: on a row that nobody has filled yet the other part is to be computed,
 * and not what was named as NULL.
 */
export const asksNames = (pair: Pair): boolean => pair.conversion !== null && pair.new.length > 1;

class PairFunction {
  private readonly old: readonly string[];
  private readonly new: readonly string[];

  constructor(
    private readonly pair: Pair,
    private readonly oldNow: readonly string[],
  ) {
    this.old = oldNow.map((name) => `NEW.${identifier(name)}`);
    this.new = namesOf(pair.new).map((name) => `NEW.${identifier(name)}`);
  }

  private get held(): readonly string[] {
    return namesOf(this.pair.new).map((name) => `OLD.${identifier(name)}`);
  }

  copying(authority: Authority): readonly string[] {
    const hasDefault = [...this.pair.old, ...this.pair.new].some((column) => column.default !== null);
    return createFunction(this.pair, 'dual write', hasDefault ? 'writer, by our path' : 'writer', [
      ...this.whoWrote(this.writtenOnInsert(authority), authority),
      `  IF ${newWins(authority)} THEN`,
      ...by4(assigned(this.old, this.new)),
      '  ELSE',
      ...by4(assigned(this.new, this.old)),
      '  END IF;',
      ...end,
    ]);
  }

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
      ...this.whoWrote(asksDefaults(this.pair) ? asked : this.writtenOnInsert(authority), authority),
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
      ...this.writtenOnInsert(authority).map((line) => `  ${line}`),
      `  PERFORM set_config('underpin.wrote_old', wrote_old::text, true), set_config('underpin.wrote_new', wrote_new::text, true);`,
      ...end,
    ]);
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
    const unfilled = namesOf(this.pair.new).map((name) => `OLD.${identifier(name)} IS NULL`);
    return [
      `IF TG_OP = 'UPDATE' AND ${unfilled.join(' AND ')} THEN`,
      ...this.new.flatMap((value, at) => [
        `  IF ${value} IS NULL AND strpos(coalesce(current_setting('underpin.names', true), '/'), '/${at + 1}/') = 0 THEN`,
        `    ${value} := ${up[at] ?? ''};`,
        '  END IF;',
      ]),
      'END IF;',
    ];
  }

  private whoWrote(onInsert: readonly string[], authority: Authority): readonly string[] {
    return [
      'DECLARE',
      '  wrote_old boolean;',
      '  wrote_new boolean;',
      'BEGIN',
      `  IF TG_ARGV[0] = '${loadedBefore}' THEN`,
      ...(authority === 'old' ? by4(assigned(this.new, this.held)) : []),
      '    RETURN NEW;',
      '  END IF;',
      `  IF TG_OP = 'INSERT' THEN`,
      ...by4(onInsert),
      '  ELSE',
      `    wrote_new := TG_NARGS > 0 OR ${valueChanged(this.pair.new)};`,
      `    wrote_old := ${valueChanged(this.pair.old, this.oldNow)};`,
      '  END IF;',
    ];
  }

  private writtenOnInsert(authority: Authority): readonly string[] {
    const { old, new: next } = this.pair;
    // Its default has filled the new side, and the old one has none any more: only an INSERT by position writes there.
    if (authority === 'swapped' && next.some((column) => column.default?.varies === 'at each call'))
      return [
        `wrote_old := ${this.old.map((value) => `${value} IS NOT NULL`).join(' OR ')};`,
        'wrote_new := NOT wrote_old;',
      ];
    return [
      ...wroteOnInsert('wrote_new', next, (at) => `${this.new[at] ?? ''} IS NOT NULL`, this.new),
      ...wroteOnInsert('wrote_old', old, () => 'NOT wrote_new', this.old),
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

/** `untold`: what stands for a column whose default differs at each call, so that its value tells nothing. */
function wroteOnInsert(
  variable: string,
  columns: readonly PairColumn[],
  untold: (at: number) => string,
  values: readonly string[],
): readonly string[] {
  const wrote = columns.map((column, at) => {
    const value = values[at] ?? '';
    if (!column.default) return `${value} IS NOT NULL`;
    if (column.default.varies === 'at each call') return untold(at);
    return distinct(value, `(${column.default.expression})::${column.type}`, column);
  });
  const written = `${variable} := ${wrote.join(' OR ')};`;
  if (columns.every((column) => column.default?.varies !== 'by session')) return [written];
  // A default that fails for this writer is not what it left in the column.
  return unlessRefused([written], [`${variable} := true;`]);
}

const typed = (values: readonly string[], columns: readonly PairColumn[]): readonly string[] =>
  values.map((value, at) => `${value}::${columns[at]?.type ?? ''}`);
const assigned = (targets: readonly string[], values: readonly string[]): readonly string[] =>
  targets.map((target, at) => `${target} := ${values[at] ?? ''};`);
const newWins = (authority: Authority): string =>
  authority === 'old' ? 'wrote_new AND NOT wrote_old' : 'wrote_new';
const flag = (side: string): string => `current_setting('underpin.wrote_${side}')::boolean`;
const by4 = (lines: readonly string[]): readonly string[] => lines.map((line) => indentLines(line, '    '));
const end = ['  RETURN NEW;', 'END'];
