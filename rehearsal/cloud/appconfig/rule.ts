import { createHash } from 'node:crypto';
import { parseRule, RuleSyntaxError, type Literal, type RuleNode } from './rule-syntax.ts';

/** What a caller sends in `Context:` headers. */
export type RuleContext = ReadonlyMap<string, string>;

/** `localSeed` keeps a split without a seed consistent within one flag. */
export type Rule = (context: RuleContext, localSeed: string) => boolean;

type Call = Extract<RuleNode, { kind: 'call' }>;

/**
 * Compiles a variant's rule. A context value that the caller did not send makes its comparison false.
 *
 * @throws RuleSyntaxError for anything outside the documented grammar, types and number of operands included
 */
export function compileRule(text: string): Rule {
  return condition(parseRule(text));
}

function condition(node: RuleNode): Rule {
  if (node.kind === 'boolean') return () => node.value;
  if (node.kind !== 'call') throw new RuleSyntaxError(`a rule must be true or false, not a ${node.kind}`);
  const build = operators.get(node.operator);
  if (build === undefined) throw new RuleSyntaxError(`unknown operator ${node.operator}`);
  return build(node);
}

const operators: ReadonlyMap<string, (call: Call) => Rule> = new Map(
  Object.entries({
    and: (call: Call) => combine(call, (rules, ...given) => rules.every((rule) => rule(...given))),
    or: (call: Call) => combine(call, (rules, ...given) => rules.some((rule) => rule(...given))),
    not: (call: Call) => {
      const [operand] = positional(call, 1);
      const rule = condition(operand);
      return (...given) => !rule(...given);
    },
    eq: (call: Call) => compare(call, (order) => order === 0),
    gt: (call: Call) => compare(call, (order) => order > 0),
    gte: (call: Call) => compare(call, (order) => order >= 0),
    lt: (call: Call) => compare(call, (order) => order < 0),
    lte: (call: Call) => compare(call, (order) => order <= 0),
    begins_with: (call: Call) => textual(call, (value, part) => value.startsWith(part)),
    ends_with: (call: Call) => textual(call, (value, part) => value.endsWith(part)),
    contains: (call: Call) => textual(call, (value, part) => value.includes(part)),
    in: isIn,
    matches,
    exists,
    split,
  }),
);

function combine(
  call: Call,
  join: (rules: readonly Rule[], context: RuleContext, localSeed: string) => boolean,
): Rule {
  if (call.named.size > 0 || call.operands.length < 2)
    throw new RuleSyntaxError(`${call.operator} takes two or more conditions`);
  const rules = call.operands.map(condition);
  return (context, localSeed) => join(rules, context, localSeed);
}

function compare(call: Call, holds: (order: number) => boolean): Rule {
  const [left, right] = positional(call, 2);
  const [key, literal] = [contextKey(call, left), plainLiteral(call, right)];
  return (context) => {
    const value = context.get(key);
    const order = value === undefined ? NaN : orderOf(value, literal);
    return !Number.isNaN(order) && holds(order);
  };
}

/** Negative, zero or positive as `value` sorts before, with or after the literal; NaN when they cannot be compared. */
function orderOf(value: string, literal: Literal): number {
  if (literal.kind === 'string') return value < literal.value ? -1 : value > literal.value ? 1 : 0;
  if (literal.kind === 'number') return value.trim() === '' ? NaN : Number(value) - literal.value;
  if (literal.kind === 'timestamp') return Date.parse(value) - literal.value;
  return value === 'true' || value === 'false' ? Number(value === 'true') - Number(literal.value) : NaN;
}

function textual(call: Call, holds: (value: string, part: string) => boolean): Rule {
  const [left, right] = positional(call, 2);
  const [key, part] = [contextKey(call, left), stringLiteral(call, right)];
  return (context) => {
    const value = context.get(key);
    return value !== undefined && holds(value, part);
  };
}

function isIn(call: Call): Rule {
  const [left, right] = positional(call, 2);
  const key = contextKey(call, left);
  if (right.kind !== 'list') throw new RuleSyntaxError('in takes a list of constants, as ["a", "b"]');
  const literals = right.items.map((item) => plainLiteral(call, item));
  return (context) => {
    const value = context.get(key);
    return value !== undefined && literals.some((literal) => orderOf(value, literal) === 0);
  };
}

function matches(call: Call): Rule {
  const given = namedOnly(call, ['in', 'pattern'], []);
  const key = contextKey(call, given('in'));
  const pattern = regularExpression(stringLiteral(call, given('pattern')));
  return (context) => {
    const value = context.get(key);
    return value !== undefined && pattern.test(value);
  };
}

function exists(call: Call): Rule {
  const key = stringLiteral(call, namedOnly(call, ['key'], [])('key'));
  return (context) => context.has(key);
}

function split(call: Call): Rule {
  const given = namedOnly(call, ['pct', 'by'], ['seed']);
  const pct = given('pct');
  if (pct.kind !== 'number' || pct.value < 0 || pct.value > 100)
    throw new RuleSyntaxError('split takes pct:: from 0 to 100');
  const key = contextKey(call, given('by'));
  const seed = call.named.has('seed') ? stringLiteral(call, given('seed')) : undefined;
  return (context, localSeed) => {
    const value = context.get(key);
    return value !== undefined && percentileOf(seed ?? `flag:${localSeed}`, value) < pct.value;
  };
}

/**
 * A fixed place from 0 (inclusive) to 100 (exclusive) for each value under a seed. A share that grows keeps whom it
 * has, and two variants with the same seed and share overlap wholly, as documented. AWS's own hash is not public.
 */
export function percentileOf(seed: string, value: string): number {
  const hash = createHash('sha256')
    .update(JSON.stringify([seed, value]))
    .digest();
  return (hash.readUIntBE(0, 6) / 2 ** 48) * 100;
}

function positional(call: Call, count: 1): readonly [RuleNode];
function positional(call: Call, count: 2): readonly [RuleNode, RuleNode];
function positional(call: Call, count: number): readonly RuleNode[] {
  if (call.named.size > 0 || call.operands.length !== count)
    throw new RuleSyntaxError(`${call.operator} takes ${count} operand${count === 1 ? '' : 's'}`);
  return call.operands;
}

function namedOnly(
  call: Call,
  required: readonly string[],
  optional: readonly string[],
): (name: string) => RuleNode {
  const known = [...required, ...optional];
  const stranger = [...call.named.keys()].find((name) => !known.includes(name));
  if (stranger !== undefined || call.operands.length > 0)
    throw new RuleSyntaxError(`${call.operator} takes ${known.map((name) => `${name}::`).join(' ')} only`);
  return (name) => {
    const node = call.named.get(name);
    if (node === undefined) throw new RuleSyntaxError(`${call.operator} needs ${name}::`);
    return node;
  };
}

function contextKey(call: Call, node: RuleNode): string {
  if (node.kind !== 'context')
    throw new RuleSyntaxError(`${call.operator} needs a context value, as $userId`);
  return node.key;
}

function stringLiteral(call: Call, node: RuleNode): string {
  if (node.kind !== 'string') throw new RuleSyntaxError(`${call.operator} needs a string, as "text"`);
  return node.value;
}

function plainLiteral(call: Call, node: RuleNode): Literal {
  if (node.kind === 'context' || node.kind === 'list' || node.kind === 'call')
    throw new RuleSyntaxError(`${call.operator} needs a constant, not a ${node.kind}`);
  return node;
}

function regularExpression(source: string): RegExp {
  try {
    return new RegExp(source, 'u');
  } catch {
    throw new RuleSyntaxError(`"${source}" is not a regular expression`);
  }
}
