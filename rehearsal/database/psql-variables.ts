import { escapeIdentifier, escapeLiteral } from 'pg';
import { tokenAt } from '../cloud/data-api/postgres/sql-token.ts';

const name = String.raw`[A-Za-z\u0080-\uffff_0-9]+`;
const reference = new RegExp(
  String.raw`:(?:(?<plain>${name})|'(?<literal>${name})'|"(?<identifier>${name})"|\{\?(?<asked>${name})\})`,
  'yu',
);

/** What a script for psql has set, and where it stands between \if and \endif. */
export class PsqlVariables {
  readonly #values = new Map<string, string>();
  /** Of each \if that is open: whether its lines count now, and whether some have counted. */
  readonly #branches: { counts: boolean; hasCounted: boolean; readonly within: boolean }[] = [];

  /** Whether what is read now counts. */
  get counts(): boolean {
    return this.#branches.every(({ counts }) => counts);
  }

  set(variable: string, words: readonly string[]): void {
    this.#values.set(variable, words.join(''));
  }

  /** Whether it is set to what psql takes for no. */
  isOff(variable: string): boolean {
    return /^(?:0|off|f|false|n|no)$/iu.test(this.#values.get(variable) ?? '');
  }

  unset(variable: string): void {
    this.#values.delete(variable);
  }

  /** False where there is no \if for it. */
  branch(command: 'if' | 'elif' | 'else' | 'endif', condition: string): boolean {
    if (command === 'if') {
      const within = this.counts;
      const counts = within && isTrue(condition);
      this.#branches.push({ counts, hasCounted: counts, within });
      return true;
    }
    const open = this.#branches.at(-1);
    if (open === undefined) return false;
    if (command === 'endif') this.#branches.pop();
    else {
      open.counts = open.within && !open.hasCounted && (command === 'else' || isTrue(condition));
      open.hasCounted ||= open.counts;
    }
    return true;
  }

  /** As psql does: not within quotes, and what is not set stays as it is. */
  filled(sql: string): string {
    if (this.#values.size === 0) return sql;
    let text = '';
    for (let at = 0; at < sql.length;) {
      const found = this.at(sql, at);
      const end = found?.end ?? tokenAt(sql, at).end;
      text += found?.text ?? sql.slice(at, end);
      at = end;
    }
    return text;
  }

  /** A reference that begins at one place, and what stands for it. */
  at(text: string, at: number): { readonly text: string; readonly end: number } | undefined {
    // A cast.
    if (text[at] !== ':' || text[at + 1] === ':' || text[at - 1] === ':') return undefined;
    reference.lastIndex = at;
    const { plain, literal, identifier, asked } = reference.exec(text)?.groups ?? {};
    const end = reference.lastIndex;
    if (asked !== undefined) return { text: this.#values.has(asked) ? 'true' : 'false', end };
    const value = this.#values.get(plain ?? literal ?? identifier ?? '');
    if (value === undefined) return undefined;
    if (literal !== undefined) return { text: escapeLiteral(value), end };
    return { text: identifier === undefined ? value : escapeIdentifier(value), end };
  }
}

const isTrue = (condition: string): boolean => /^(?:t|tr|tru|true|y|ye|yes|on|1)$/iu.test(condition.trim());
