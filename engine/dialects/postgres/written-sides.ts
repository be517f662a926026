import type { Authority, Pair } from '../dual-write.ts';
import { anyNotNull, isNotNull } from './null-test.ts';
import { namesOf, valueChanged } from './pair.ts';
import { identifier, indentLines } from './quote.ts';
import { wroteOnInsert } from './written-on-insert.ts';

/** The argument of a trigger that fires where an UPDATE named the new side and gave it the values that it had. */
export const namedNew = 'named new';

/** The argument of a trigger that fires where an UPDATE saves a row as it was loaded before the new side was filled. */
export const loadedBefore = 'loaded before';

/**
 * Finds out in a trigger's function which sides a statement has written. One counts as written when one of its columns
 * differs from the row's former value or, on INSERT, from its default: so an application that inserts only the new side keeps
 * its values although the old one has a default.
 */
export class WrittenSides {
  readonly old: readonly string[];
  readonly new: readonly string[];

  /** `oldNow`: the old columns' names at the time. */
  constructor(
    protected readonly pair: Pair,
    private readonly oldNow: readonly string[],
  ) {
    this.old = oldNow.map((name) => `NEW.${identifier(name)}`);
    this.new = namesOf(pair.new).map((name) => `NEW.${identifier(name)}`);
  }

  whoWrote(authority: Authority, onInsert = this.writtenOnInsert(authority)): readonly string[] {
    const held = namesOf(this.pair.new).map((name) => `OLD.${identifier(name)}`);
    return [
      'DECLARE',
      '  wrote_old boolean;',
      '  wrote_new boolean;',
      'BEGIN',
      `  IF TG_ARGV[0] = '${loadedBefore}' THEN`,
      ...(authority === 'old' ? by4(assigned(this.new, held)) : []),
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

  writtenOnInsert(authority: Authority): readonly string[] {
    const { old, new: next } = this.pair;
    // Its default has filled the new side, and the old one has none any more: only an INSERT by position writes there.
    if (authority === 'swapped' && next.some((column) => column.default?.varies === 'at each call'))
      return [`wrote_old := ${anyNotNull(this.old, old)};`, 'wrote_new := NOT wrote_old;'];
    return [
      ...wroteOnInsert('wrote_new', next, isNotNull, this.new),
      ...wroteOnInsert('wrote_old', old, () => 'NOT wrote_new', this.old),
    ];
  }
}

export const assigned = (targets: readonly string[], values: readonly string[]): readonly string[] =>
  targets.map((target, at) => `${target} := ${values[at] ?? ''};`);
export const newWins = (authority: Authority): string =>
  authority === 'old' ? 'wrote_new AND NOT wrote_old' : 'wrote_new';
export const by4 = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => indentLines(line, '    '));
export const end = ['  RETURN NEW;', 'END'];
