import * as ruby from '@ruby/prism/src/nodes.js';
import { NotRead, isList, type Call, type RubyValue } from './call.ts';
import { hashOf, literalOf, valueOf, type Names } from './literals.ts';
import { isKnown } from './statements.ts';
import type { Placed, RubyFile } from './ruby.ts';

/** What a body runs, in its order: a call with its arguments, or what cannot be told. */
export type Step = Call | Unread;

export interface Unread {
  readonly line: number;
  readonly source: string;
  readonly fact: string;
}

export const isUnread = (step: Step): step is Unread => 'fact' in step;

/** What a body can call besides Rails: the methods of its own class. */
export interface Body {
  readonly file: RubyFile;
  readonly methods: ReadonlyMap<string, ruby.DefNode>;
  /** Of a table's block: its parameter, on which alone is called. */
  readonly table: string | null;
}

// They run what stands in their block, once.
const surrounding = new Set([
  'safety_assured',
  'say_with_time',
  'suppress_messages',
  'transaction',
  'up_only',
  'reversible',
  'up',
]);
const ofTable = new Set(['create_table', 'change_table', 'create_join_table']);
// They change nothing in the database.
const silent =
  /^(?:say|puts|p|print|pp|raise|require|require_relative|sleep|binding|reset_column_information|down|private|protected|.*\?|select_(?:all|value|values|rows|one)|quote(?:_table_name|_column_name|_string)?)$/u;
const reporting = /(?:^|\.)(?:logger|STDOUT|STDERR|\$stdout|\$stderr|Rails\.cache)$/u;
const looping = /^(?:each\w*|times|upto|downto|step|map|flat_map|reverse_each|find_each|in_batches)$/u;
const connection = /(?:^|\.)(?:lease_)?connection$/u;

/** Reads bodies; names are bound as they come. */
export class StepReader {
  private readonly names: Map<string, RubyValue>;
  private readonly body: Body;
  /** The own methods that are being read. */
  private readonly within: readonly string[];

  constructor(body: Body, names: Names, within: readonly string[] = []) {
    this.body = body;
    this.names = new Map(names);
    this.within = within;
  }

  stepsOf(node: ruby.Node | null): readonly Step[] {
    if (node === null || isQuiet(node)) return [];
    if (node instanceof ruby.StatementsNode) return node.body.flatMap((each) => this.stepsOf(each));
    if (
      node instanceof ruby.ParenthesesNode ||
      node instanceof ruby.EnsureNode ||
      node instanceof ruby.ElseNode
    )
      return this.stepsOf(node instanceof ruby.ParenthesesNode ? node.body : node.statements);
    // Whether it holds is not known: all that may run is read.
    if (node instanceof ruby.IfNode)
      return [...this.stepsOf(node.statements), ...this.stepsOf(node.subsequent)];
    if (node instanceof ruby.UnlessNode)
      return [...this.stepsOf(node.statements), ...this.stepsOf(node.elseClause)];
    if (node instanceof ruby.AndNode || node instanceof ruby.OrNode)
      return [...this.stepsOf(node.left), ...this.stepsOf(node.right)];
    if (node instanceof ruby.BeginNode)
      return [node.statements, node.elseClause, node.ensureClause].flatMap((each) => this.stepsOf(each));
    if (node instanceof ruby.RescueModifierNode) return this.stepsOf(node.expression);
    if (node instanceof ruby.LocalVariableWriteNode || node instanceof ruby.ConstantWriteNode)
      return this.bound(node.name, node.value);
    if (node instanceof ruby.CallNode) return this.called(node);
    return [this.unread(node, inWords(node))];
  }

  private bound(name: string, value: ruby.Node): readonly Step[] {
    const literal = literalOf(value, this.names);
    if (literal !== undefined) this.names.set(name, literal);
    else this.names.delete(name);
    // What is asked or computed changes nothing; what is run is a step.
    const isStatement = value instanceof ruby.CallNode && value.receiver === null && value.name === 'execute';
    return isStatement ? this.stepsOf(value) : [];
  }

  private called(node: ruby.CallNode): readonly Step[] {
    const on = node.receiver === null ? '' : this.body.file.sourceOf(node.receiver);
    if (this.body.table !== null && on === this.body.table) return [this.call(node)];
    if (silent.test(node.name) || reporting.test(on)) return [];
    const block = node.block instanceof ruby.BlockNode ? node.block : null;
    if (block !== null && node.name === 'each' && node.receiver !== null)
      return this.each(node, node.receiver, block);
    const isOwn = node.receiver === null || node.receiver instanceof ruby.SelfNode || connection.test(on);
    if (block !== null && surrounding.has(node.name)) return this.stepsOf(block.body);
    if (!isOwn) return [this.unread(node, this.foreign(node))];
    if (this.body.table !== null) return [this.unread(node, 'it is not called on the table')];
    const method = this.body.methods.get(node.name);
    return method === undefined ? this.statement(node, block) : this.own(node, method);
  }

  /** One statement, and of a table's block what is not read of it. */
  private statement(node: ruby.CallNode, block: ruby.BlockNode | null): readonly Step[] {
    if (block === null || !ofTable.has(node.name)) return [this.call(node)];
    const [table] = parametersOf(block.parameters) ?? [];
    if (table === undefined) return [this.unread(node, 'its block has no parameter')];
    const inner = this.inside({ ...this.body, table }).stepsOf(block.body);
    const calls = inner.filter((step): step is Call => !isUnread(step));
    const call = this.call(node, calls);
    return isUnread(call) ? [call] : [call, ...inner.filter(isUnread)];
  }

  private inside(body: Body, within = this.within, names: Names = this.names): StepReader {
    return new StepReader(body, names, within);
  }

  private call(node: ruby.CallNode, block: readonly Call[] = []): Step {
    const { file } = this.body;
    try {
      if (this.body.table === null && !isKnown(node.name))
        return this.unread(node, `what ${node.name} does is not known here`);
      // Of a table that is dropped, the block is the way back.
      if (node.block !== null && !ofTable.has(node.name) && !node.name.startsWith('drop_'))
        throw new NotRead('what its block does is not known here');
      const args = node.arguments_?.arguments_ ?? [];
      const last = args.at(-1);
      const given = last !== undefined && isOptions(last, node.name) ? last.elements : null;
      return {
        method: node.name,
        line: file.lineOf(node),
        source: file.sourceOf(node),
        args: (given === null ? args : args.slice(0, -1)).flatMap((each) => this.valuesOf(each)),
        options: given === null ? new Map() : hashOf(given, this.names),
        block,
      };
    } catch (error) {
      if (error instanceof NotRead) return this.unread(node, `${node.name}: ${error.message}`);
      throw error;
    }
  }

  /** `*%i[a b]` is one argument after the other. */
  private valuesOf(node: ruby.Node): readonly RubyValue[] {
    if (!(node instanceof ruby.SplatNode)) return [valueOf(node, this.names)];
    const list = node.expression === null ? null : valueOf(node.expression, this.names);
    if (!isList(list)) throw new NotRead('an argument is not a literal');
    return list;
  }

  /** A method of the class, with what it is given. */
  private own(node: ruby.CallNode, method: ruby.DefNode): readonly Step[] {
    if (this.within.includes(node.name)) return [this.unread(node, `${node.name} calls itself`)];
    const parameters = parametersOf(method.parameters) ?? [];
    const args = node.arguments_?.arguments_ ?? [];
    if (node.block !== null || args.length !== parameters.length || hasMore(method.parameters))
      return [this.unread(node, `${node.name}: how it is called is not read`)];
    try {
      const given = args.map((each, at) => [parameters[at] ?? '', valueOf(each, this.names)] as const);
      return this.inside(this.body, [...this.within, node.name], new Map([...this.names, ...given])).stepsOf(
        method.body,
      );
    } catch (error) {
      if (error instanceof NotRead) return [this.unread(node, `${node.name}: ${error.message}`)];
      throw error;
    }
  }

  /** A list that is written out, one after the other. */
  private each(node: ruby.CallNode, receiver: ruby.Node, block: ruby.BlockNode): readonly Step[] {
    const [name, ...more] = parametersOf(block.parameters) ?? [];
    const list = literalOf(receiver, this.names);
    if (!isList(list) || name === undefined || more.length > 0)
      return [this.unread(node, 'it is a loop over something that is not a literal')];
    return list.flatMap((value) =>
      this.inside(this.body, this.within, new Map([...this.names, [name, value]])).stepsOf(block.body),
    );
  }

  /** What is called on something else than the migration. */
  private foreign(node: ruby.CallNode): string {
    let root: ruby.Node = node;
    while (root instanceof ruby.CallNode && root.receiver !== null) root = root.receiver;
    if (root instanceof ruby.ConstantReadNode || root instanceof ruby.ConstantPathNode)
      return `${this.body.file.sourceOf(root)} is the application's own code`;
    return looping.test(node.name)
      ? 'it is a loop over something that is not a literal'
      : `what ${node.name} does is not known here`;
  }

  private unread(node: Placed, fact: string): Unread {
    const { file } = this.body;
    return { line: file.lineOf(node), source: file.sourceOf(node), fact };
  }
}

/** Options in braces were taken for options until Ruby 3; a default in braces is a value. */
const isOptions = (node: ruby.Node, method: string): node is ruby.KeywordHashNode | ruby.HashNode =>
  node instanceof ruby.KeywordHashNode ||
  (node instanceof ruby.HashNode && !/^change_(?:column_)?default$/u.test(method));

function isQuiet(node: ruby.Node): boolean {
  return [
    ruby.ReturnNode,
    ruby.NilNode,
    ruby.TrueNode,
    ruby.FalseNode,
    ruby.StringNode,
    ruby.SymbolNode,
    ruby.LocalVariableReadNode,
    ruby.ConstantReadNode,
    ruby.NextNode,
    ruby.ClassNode,
  ].some((kind) => node instanceof kind);
}

const loops = [ruby.WhileNode, ruby.UntilNode, ruby.ForNode];

const inWords = (node: ruby.Node): string =>
  loops.some((kind) => node instanceof kind) ? 'it is a loop' : 'it is no statement of a migration';

/** The names of required parameters. */
function parametersOf(node: ruby.Node | null): readonly string[] | undefined {
  const parameters = node instanceof ruby.BlockParametersNode ? node.parameters : node;
  if (!(parameters instanceof ruby.ParametersNode)) return undefined;
  return parameters.requireds.flatMap((each) =>
    each instanceof ruby.RequiredParameterNode ? [each.name] : [],
  );
}

const hasMore = (parameters: ruby.ParametersNode | null): boolean =>
  parameters !== null &&
  (parameters.optionals.length > 0 || parameters.keywords.length > 0 || parameters.rest !== null);
