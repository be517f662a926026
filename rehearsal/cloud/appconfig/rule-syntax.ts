/** A value written in a rule. Context values are always text; the other side of a comparison decides how to read them. */
export type Literal =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'timestamp'; readonly value: number };

export type RuleNode =
  | Literal
  | { readonly kind: 'context'; readonly key: string }
  | { readonly kind: 'list'; readonly items: readonly RuleNode[] }
  | {
      readonly kind: 'call';
      readonly operator: string;
      readonly operands: readonly RuleNode[];
      readonly named: ReadonlyMap<string, RuleNode>;
    };

/** The rule is not in the grammar. The message says where (a character offset) and what was found. */
export class RuleSyntaxError extends Error {
  override readonly name = 'RuleSyntaxError';
}

const token =
  /\s*(?:(?<mark>[()[\],])|(?<label>[A-Za-z_]\w*)::|(?<text>"(?:[^"\\]|\\.)*")|\$(?<key>[A-Za-z_][\w.-]*)|(?<time>\d{4}-\d{2}(?:-\d{2})?(?:T[\d:.]*(?:Z|[+-]\d{2}:\d{2})?)?)(?=[\s)\],])|(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=[\s)\],])|(?<word>[A-Za-z_]\w*))/y;

/** Parses one rule, such as `(and (eq $plan "pro") (split pct::10 by::$userId seed::"a"))`. */
export function parseRule(text: string): RuleNode {
  const reader = new RuleReader(text);
  const node = reader.node();
  reader.end();
  return node;
}

class RuleReader {
  private position = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  node(): RuleNode {
    const found = this.take();
    if (found['mark'] === '(') return this.call();
    if (found['mark'] === '[') return { kind: 'list', items: this.items() };
    if (found['text'] !== undefined) return { kind: 'string', value: unquote(found['text']) };
    if (found['key'] !== undefined) return { kind: 'context', key: found['key'] };
    if (found['number'] !== undefined) return { kind: 'number', value: Number(found['number']) };
    if (found['time'] !== undefined) return this.timestamp(found['time']);
    if (found['word'] === 'true' || found['word'] === 'false')
      return { kind: 'boolean', value: found['word'] === 'true' };
    throw this.unexpected();
  }

  end(): void {
    if (this.text.slice(this.position).trim() !== '') throw this.unexpected('the end');
  }

  private call(): RuleNode {
    const operator = this.take()['word'];
    if (operator === undefined) throw this.unexpected('an operator');
    const operands: RuleNode[] = [];
    const named = new Map<string, RuleNode>();
    while (!this.takeIf(')')) {
      const label = this.peek()['label'];
      if (label === undefined) operands.push(this.node());
      else {
        this.take();
        if (named.has(label)) throw new RuleSyntaxError(`${label}:: is given twice to ${operator}`);
        named.set(label, this.node());
      }
    }
    return { kind: 'call', operator, operands, named };
  }

  private items(): RuleNode[] {
    const items: RuleNode[] = [];
    while (!this.takeIf(']')) {
      if (items.length > 0 && !this.takeIf(',')) throw this.unexpected('"," or "]"');
      items.push(this.node());
    }
    return items;
  }

  private timestamp(written: string): Literal {
    const value = Date.parse(written);
    if (Number.isNaN(value)) throw new RuleSyntaxError(`${written} is not a timestamp`);
    return { kind: 'timestamp', value };
  }

  private takeIf(mark: string): boolean {
    if (this.peek()['mark'] !== mark) return false;
    this.take();
    return true;
  }

  private peek(): Readonly<Record<string, string | undefined>> {
    const before = this.position;
    const found = this.take();
    this.position = before;
    return found;
  }

  private take(): Readonly<Record<string, string | undefined>> {
    token.lastIndex = this.position;
    const match = token.exec(this.text);
    if (match?.groups === undefined) throw this.unexpected();
    this.position = token.lastIndex;
    return match.groups;
  }

  private unexpected(wanted = 'a value'): RuleSyntaxError {
    const rest = this.text.slice(this.position).trimStart().slice(0, 20);
    return new RuleSyntaxError(
      `expected ${wanted} at character ${this.position}, found ${rest || 'nothing'}`,
    );
  }
}

function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    throw new RuleSyntaxError(`${quoted} is not a string`);
  }
}
