import type { Authority, Pair, Side } from '../dual-write.ts';
import { agreement, valueChanged, distinct } from './pair.ts';
import { identifier, indentLines } from './quote.ts';
import { unlessRefused } from './row-errors.ts';
import { createFunction } from './trigger.ts';

/** The argument of a trigger that fires where an UPDATE named the new column and gave it the value that it had. */
export const namedNew = 'named new';

/**
 * The functions behind the pair's triggers. A side counts as written when it differs from the row's former value or, on
 * INSERT, from the column's default: so an application that inserts only the new column keeps its value although the
 * old one has a default. When both were written and disagree, the authority wins; when neither was, the row has not been
 * written since dual write began, and the old side is the truth.
 * Replacing them changes the authority, or follows a renamed old column, without a lock on the table.
 */
export function pairFunctions(pair: Pair, authority: Authority, oldColumnNow: string): readonly string[] {
  const it = new PairFunction(pair, oldColumnNow);
  return [
    ...(asksDefaults(pair) ? it.defaults() : []),
    ...(pair.conversion ? it.converting(authority) : it.copying(authority)),
  ];
}

/** Whether a trigger of its own must find out what an INSERT has left out: what that is, hangs on the writer's session. */
export const asksDefaults = (pair: Pair): boolean =>
  pair.conversion !== null && [pair.old, pair.new].some((side) => side.default?.varies === 'by session');

class PairFunction {
  private readonly old: string;
  private readonly new: string;

  constructor(
    private readonly pair: Pair,
    private readonly oldColumnNow: string,
  ) {
    this.old = `NEW.${identifier(oldColumnNow)}`;
    this.new = `NEW.${identifier(pair.new.column)}`;
  }

  copying(authority: Authority): readonly string[] {
    const toNew = `${this.new} := ${this.old};`;
    const toOld = `${this.old} := ${this.new};`;
    const hasDefault = this.pair.old.default !== null || this.pair.new.default !== null;
    return createFunction(this.pair, 'dual write', hasDefault ? 'writer, by our path' : 'writer', [
      ...this.whoWrote(this.writtenOnInsert()),
      `  IF ${newWins(authority)} THEN`,
      `    ${toOld}`,
      '  ELSE',
      `    ${toNew}`,
      '  END IF;',
      ...end,
    ]);
  }

  converting(authority: Authority): readonly string[] {
    const { conversion, old, new: next } = this.pair;
    if (!conversion) throw new Error(`${this.pair.migration} converts nothing`);
    const up = this.converted(conversion.up, old.column, this.old);
    const down = this.converted(conversion.down, next.column, this.new);
    // A value of the old shape that the new one cannot hold must not fail the running application: it stays NULL on the
    // new side, verification finds it, and the gates stay shut.
    const toNew = unlessRefused([`${this.new} := ${up};`], [`${this.new} := NULL;`]);
    const toOld = [`${this.old} := ${down};`];
    const agrees = agreement(
      this.pair,
      { old: this.old, new: this.new },
      { up: `${up}::${next.type}`, down: `${down}::${old.type}` },
    );
    const asked = [`wrote_new := ${flag('new')};`, `wrote_old := ${flag('old')};`];
    return createFunction(this.pair, 'dual write', 'installer', [
      ...this.whoWrote(asksDefaults(this.pair) ? asked : this.writtenOnInsert()),
      '  IF wrote_old = wrote_new THEN',
      '    -- A lossy conversion agrees when either direction gives what is there; one that fails agrees with nothing.',
      ...by4(unlessRefused([`IF (${agrees}) THEN`, '  RETURN NEW;', 'END IF;'], ['NULL;'])),
      '  END IF;',
      `  IF ${newWins(authority)} THEN`,
      ...by4(toOld),
      '  ELSE',
      ...by4(toNew),
      '  END IF;',
      ...end,
    ]);
  }

  /** Runs as the writer, just before the other: by its rights and its settings the defaults were computed. */
  defaults(): readonly string[] {
    return createFunction(this.pair, 'defaults', 'writer, by our path', [
      'DECLARE',
      '  wrote_old boolean;',
      '  wrote_new boolean;',
      'BEGIN',
      ...this.writtenOnInsert().map((line) => `  ${line}`),
      `  PERFORM set_config('underpin.wrote_old', wrote_old::text, true), set_config('underpin.wrote_new', wrote_new::text, true);`,
      ...end,
    ]);
  }

  private whoWrote(onInsert: readonly string[]): readonly string[] {
    return [
      'DECLARE',
      '  wrote_old boolean;',
      '  wrote_new boolean;',
      'BEGIN',
      `  IF TG_OP = 'INSERT' THEN`,
      ...by4(onInsert),
      '  ELSE',
      `    wrote_new := TG_NARGS > 0 OR ${valueChanged(this.pair.new.column, this.pair.new)};`,
      `    wrote_old := ${valueChanged(this.oldColumnNow, this.pair.old)};`,
      '  END IF;',
    ];
  }

  private writtenOnInsert(): readonly string[] {
    const { old, new: next } = this.pair;
    return [
      ...wroteOnInsert('wrote_new', this.new, next),
      ...(old.default?.varies === 'at each call'
        ? ['wrote_old := NOT wrote_new;']
        : wroteOnInsert('wrote_old', this.old, old)),
    ];
  }

  // The expression speaks of the other side by its column name, with or without the table's: a one-row subquery has both.
  private converted(expression: string, column: string, value: string): string {
    const row = `(SELECT ${value}) AS ${identifier(this.pair.table.name)} (${identifier(column)})`;
    return `(SELECT (${expression}) FROM ${row})`;
  }
}

function wroteOnInsert(variable: string, value: string, side: Side): readonly string[] {
  if (!side.default || side.default.varies === 'at each call')
    return [`${variable} := ${value} IS NOT NULL;`];
  const written = `${variable} := ${distinct(value, `(${side.default.expression})::${side.type}`, side)};`;
  if (side.default.varies === 'never') return [written];
  // A default that fails for this writer is not what it left in the column.
  return unlessRefused([written], [`${variable} := true;`]);
}

const newWins = (authority: Authority): string =>
  authority === 'old' ? 'wrote_new AND NOT wrote_old' : 'wrote_new';
const flag = (side: string): string => `current_setting('underpin.wrote_${side}')::boolean`;
const by4 = (lines: readonly string[]): readonly string[] => lines.map((line) => indentLines(line, '    '));
const end = ['  RETURN NEW;', 'END'];
