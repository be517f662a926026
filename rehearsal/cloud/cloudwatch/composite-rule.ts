import { invalidValue } from './cloudwatch-error.ts';
import type { StateValue } from './alarm-input.ts';

export type CompositeRule = {
  /** Names of the alarms it asks for. */
  readonly children: readonly string[];
  /** `stateOf` is only asked for children. */
  holds(stateOf: (alarmName: string) => StateValue): boolean;
};

type Part = (stateOf: (alarmName: string) => StateValue) => boolean;

const states: ReadonlyMap<string, StateValue> = new Map([
  ['ALARM', 'ALARM'],
  ['OK', 'OK'],
  ['INSUFFICIENT_DATA', 'INSUFFICIENT_DATA'],
]);

// A name: quoted, or everything up to the closing parenthesis; ALARM("a (b)") needs its quotes.
const token = /\s*(?:(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]+)"|([^()"\s]+))\s*\)|([A-Z_]+|[()]))/y;

/** Parses `ALARM(a) AND NOT (OK("b c") OR FALSE)`; AND binds stronger than OR. @throws CloudWatchError */
export function parseCompositeRule(text: string): CompositeRule {
  const parser = new RuleParser(text);
  const holds = parser.either();
  parser.end();
  const children = [...new Set(parser.children)];
  if (children.length > 100) throw invalidValue('An alarm rule names at most 100 alarms');
  return { children, holds };
}

class RuleParser {
  readonly children: string[] = [];
  private position = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  either(): Part {
    const parts = [this.both()];
    while (this.takeIf('OR')) parts.push(this.both());
    return (stateOf) => parts.some((part) => part(stateOf));
  }

  end(): void {
    if (this.text.slice(this.position).trim() !== '') throw this.unexpected();
  }

  private both(): Part {
    const parts = [this.single()];
    while (this.takeIf('AND')) parts.push(this.single());
    return (stateOf) => parts.every((part) => part(stateOf));
  }

  private single(): Part {
    const [, operator, quoted, bare, word] = this.take() ?? [];
    const state = states.get(operator ?? '');
    if (state !== undefined) return this.child(state, nameOf(quoted ?? bare ?? ''));
    if (word === 'TRUE' || word === 'FALSE') return () => word === 'TRUE';
    if (word === 'NOT') {
      const part = this.single();
      return (stateOf) => !part(stateOf);
    }
    if (word !== '(') throw this.unexpected();
    const inner = this.either();
    if (!this.takeIf(')')) throw this.unexpected();
    return inner;
  }

  private child(state: StateValue, name: string): Part {
    this.children.push(name);
    return (stateOf) => stateOf(name) === state;
  }

  private takeIf(word: string): boolean {
    const before = this.position;
    if (this.take()?.[4] === word) return true;
    this.position = before;
    return false;
  }

  private take(): RegExpExecArray | undefined {
    token.lastIndex = this.position;
    const found = token.exec(this.text);
    if (found === null) return undefined;
    this.position = token.lastIndex;
    return found;
  }

  private unexpected(): Error {
    const rest = this.text.slice(this.position, this.position + 30).trim();
    return invalidValue(`AlarmRule: cannot read "${rest || 'the end'}" at character ${this.position}`);
  }
}

/** A child may be named by its ARN. */
function nameOf(nameOrArn: string): string {
  return /^arn:aws:cloudwatch:[^:]*:\d*:alarm:(.+)$/.exec(nameOrArn)?.[1] ?? nameOrArn;
}
