import { literal } from '../database/postgres-names.ts';

const digits = '0123456789';
const lower = 'abcdefghijklmnopqrstuvwxyz';
const upper = lower.toUpperCase();
/** How long an open repetition (`+`, `*`, `{2,}`) is made: enough for a unique column. */
const openLength = 8;

/**
 * SQL that makes text matching a regular expression, for the common kind: literals, classes, groups, alternatives (the
 * first is taken) and repetitions. `undefined` for what else there is (look-around, back references …).
 */
export function matchingText(pattern: string): string | undefined {
  const reader = new PatternReader(pattern);
  const sql = reader.alternatives();
  return sql !== undefined && reader.finished() ? sql.join(' || ') || "''" : undefined;
}

/** Gives each piece of the pattern as one SQL expression. */
class PatternReader {
  #at = 0;
  readonly #pattern: string;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  finished(): boolean {
    return this.#at === this.#pattern.length;
  }

  alternatives(): string[] | undefined {
    const first = this.#sequence();
    while (this.#took('|')) if (this.#sequence() === undefined) return undefined;
    return first;
  }

  #sequence(): string[] | undefined {
    const pieces: string[] = [];
    while (!this.finished() && this.#peek() !== '|' && this.#peek() !== ')') {
      const atom = this.#atom();
      const times = this.#repetition();
      if (atom === undefined || times === undefined) return undefined;
      for (let n = 0; n < times; n += 1) pieces.push(...atom);
    }
    return pieces;
  }

  #atom(): string[] | undefined {
    const sign = this.#next();
    if (sign === '^' || sign === '$') return [];
    if (sign === '(') return this.#group();
    if (sign === '[') return oneOf(this.#class());
    if (sign === '.') return oneOf(lower);
    if (sign === '\\') return this.#escape();
    return '*+?{}'.includes(sign) ? undefined : [literal(sign)];
  }

  #group(): string[] | undefined {
    if (this.#took('?') && !this.#took(':')) return undefined;
    const inner = this.alternatives();
    return this.#took(')') ? inner : undefined;
  }

  #escape(): string[] | undefined {
    const sign = this.#next();
    const set = escapes[sign];
    if (set !== undefined) return oneOf(set);
    return /[A-Za-z0-9]/u.test(sign) ? undefined : [literal(sign)];
  }

  /** The characters between brackets; of a negated class, some letters that it does not name. */
  #class(): string {
    const negated = this.#took('^');
    let set = '';
    while (!this.finished() && this.#peek() !== ']') {
      const from = this.#classMember();
      if (from.length === 1 && this.#peek() === '-' && this.#pattern[this.#at + 1] !== ']') {
        this.#at += 1;
        set += span(from, this.#classMember());
      } else set += from;
    }
    this.#at += 1;
    return negated
      ? Array.from(lower + digits)
          .filter((sign) => !set.includes(sign))
          .join('')
      : set;
  }

  #classMember(): string {
    const sign = this.#next();
    if (sign === '\\') {
      const escaped = this.#next();
      return escapes[escaped] ?? escaped;
    }
    const named = /^\[:(\w+):\]/u.exec(this.#pattern.slice(this.#at - 1));
    if (named === null) return sign;
    this.#at += named[0].length - 1;
    return classes[named[1] ?? ''] ?? '';
  }

  #repetition(): number | undefined {
    if (this.#took('?')) return 1;
    if (this.#took('+') || this.#took('*')) return openLength;
    const counted = /^\{(\d+)(,(\d*))?\}/u.exec(this.#pattern.slice(this.#at));
    if (counted === null) return this.#peek() === '{' ? undefined : 1;
    this.#at += counted[0].length;
    const least = Number(counted[1]);
    if (counted[2] === undefined) return least;
    const most = counted[3] === '' ? Number.POSITIVE_INFINITY : Number(counted[3]);
    return Math.min(most, Math.max(least, openLength));
  }

  #peek(): string | undefined {
    return this.#pattern[this.#at];
  }

  #next(): string {
    return this.#pattern[this.#at++] ?? '';
  }

  #took(sign: string): boolean {
    if (this.#peek() !== sign) return false;
    this.#at += 1;
    return true;
  }
}

const escapes: Readonly<Record<string, string>> = { d: digits, w: lower + digits, s: ' ' };
const classes: Readonly<Record<string, string>> = {
  alpha: lower,
  digit: digits,
  alnum: lower + digits,
  lower,
  upper,
  space: ' ',
  xdigit: `${digits}abcdef`,
};

function span(from: string, to: string): string {
  const [start, end] = [from.codePointAt(0) ?? 0, to.codePointAt(0) ?? 0];
  return Array.from({ length: Math.max(0, end - start + 1) }, (_, n) => String.fromCodePoint(start + n)).join(
    '',
  );
}

/** Plain letters and digits are preferred: the odd sign that a class allows too makes no better data. */
function oneOf(set: string): string[] | undefined {
  const plain = set.replaceAll(/[^A-Za-z0-9]/gu, '');
  const signs = plain === '' ? set : plain;
  if (signs === '') return undefined;
  return signs.length === 1
    ? [literal(signs)]
    : [`substr(${literal(signs)}, 1 + floor(random() * ${signs.length})::int, 1)`];
}
