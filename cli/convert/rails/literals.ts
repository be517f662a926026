import * as ruby from '@ruby/prism/src/nodes.js';
import { NotRead, isList, type RubyHash, type RubyValue } from './call.ts';

/** What names stand for here: constants of the class, and variables that a literal was given to. */
export type Names = ReadonlyMap<string, RubyValue>;

/** The value of what is written out; raises NotRead for what would have to be run. */
export function valueOf(node: ruby.Node, names: Names): RubyValue {
  if (node instanceof ruby.NilNode) return null;
  if (node instanceof ruby.TrueNode) return true;
  if (node instanceof ruby.FalseNode) return false;
  if (node instanceof ruby.IntegerNode || node instanceof ruby.FloatNode) return node.value;
  if (node instanceof ruby.StringNode || node instanceof ruby.SymbolNode) return node.unescaped.value;
  if (node instanceof ruby.InterpolatedStringNode || node instanceof ruby.InterpolatedSymbolNode)
    return node.parts.map((part) => textOf(part, names)).join('');
  if (node instanceof ruby.ArrayNode) return node.elements.map((each) => valueOf(each, names));
  if (node instanceof ruby.HashNode || node instanceof ruby.KeywordHashNode)
    return hashOf(node.elements, names);
  if (node instanceof ruby.ConstantReadNode || node instanceof ruby.LocalVariableReadNode)
    return named(node.name, names);
  if (node instanceof ruby.LambdaNode) return { sql: textOf(only(node.body), names) };
  if (node instanceof ruby.ParenthesesNode) return valueOf(only(node.body), names);
  if (node instanceof ruby.CallNode) return called(node, names);
  throw new NotRead('an argument is not a literal');
}

/** The same, and undefined for what is no literal. */
export function literalOf(node: ruby.Node, names: Names): RubyValue | undefined {
  try {
    return valueOf(node, names);
  } catch (error) {
    if (error instanceof NotRead) return undefined;
    throw error;
  }
}

export function hashOf(elements: readonly ruby.Node[], names: Names): RubyHash {
  return new Map(
    elements.map((each) => {
      if (!(each instanceof ruby.AssocNode)) throw new NotRead('its options are not literals');
      return [textOf(each.key, names), valueOf(each.value, names)] as const;
    }),
  );
}

function textOf(node: ruby.Node, names: Names): string {
  const value = valueOf(node instanceof ruby.EmbeddedStatementsNode ? only(node.statements) : node, names);
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new NotRead('its text is put together from something that is not a literal');
}

function named(name: string, names: Names): RubyValue {
  const value = names.get(name);
  if (value === undefined) throw new NotRead(`${name} is not a literal`);
  return value;
}

function only(node: ruby.Node | null): ruby.Node {
  if (node instanceof ruby.StatementsNode && node.body.length === 1 && node.body[0] !== undefined)
    return node.body[0];
  throw new NotRead('an argument is not a literal');
}

const isFunction = (node: ruby.CallNode): boolean =>
  ['lambda', 'proc'].includes(node.name) && node.receiver === null;

/** What makes the same text, or the same list, of what is written out. */
const unchanged = new Set(['freeze', 'to_s', 'to_sym', 'to_str', 'html_safe', 'dup']);
const changed: Readonly<Record<string, (text: string) => string>> = {
  squish: (text) => text.replaceAll(/\s+/gu, ' ').trim(),
  strip: (text) => text.trim(),
  chomp: (text) => text.replace(/\n$/u, ''),
  strip_heredoc: withoutIndent,
};

function called(node: ruby.CallNode, names: Names): RubyValue {
  if (isFunction(node) && node.block instanceof ruby.BlockNode)
    return { sql: textOf(only(node.block.body), names) };
  if (node.receiver === null) throw new NotRead(`${node.name} would have to be run`);
  const isArel = node.receiver instanceof ruby.ConstantReadNode && node.receiver.name === 'Arel';
  const [argument] = node.arguments_?.arguments_ ?? [];
  if (isArel && node.name === 'sql' && argument !== undefined) return textOf(argument, names);
  const value = valueOf(node.receiver, names);
  if (argument !== undefined && node.name === '+' && typeof value === 'string')
    return value + textOf(argument, names);
  if (node.arguments_ !== null || node.block !== null)
    throw new NotRead(`.${node.name} would have to be run`);
  if (unchanged.has(node.name) && (typeof value === 'string' || isList(value))) return value;
  const change = changed[node.name];
  if (change !== undefined && typeof value === 'string') return change(value);
  throw new NotRead(`.${node.name} would have to be run`);
}

function withoutIndent(text: string): string {
  const indents = [...text.matchAll(/^[ \t]*(?=\S)/gmu)].map(([indent]) => indent.length);
  const least = indents.length === 0 ? 0 : Math.min(...indents);
  return text.replaceAll(new RegExp(`^[ \\t]{${least}}`, 'gmu'), '');
}
