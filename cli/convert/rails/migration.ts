import * as ruby from '@ruby/prism/src/nodes.js';
import type { RubyValue } from './call.ts';
import { literalOf } from './literals.ts';
import type { RubyFile } from './ruby.ts';
import { StepReader, type Step } from './steps.ts';

/** A class that inherits from ActiveRecord::Migration. */
export interface Migration {
  /** Of Rails, whose ways it keeps: 6.1. */
  readonly version: number;
  /** What it does on the way forward. */
  readonly steps: readonly Step[];
}

const newestVersion = 8.2;
const inherits = /^(?:::)?ActiveRecord::Migration(?:\[["']?(?<version>[\d.]+)["']?\])?$/u;

/** The migration of a file; why it has none that can be read; null where nothing in it looks like one. */
export function migrationIn(
  file: RubyFile,
): Migration | { readonly line: number; readonly fact: string } | null {
  if (file.fault !== null)
    return { line: file.fault.line, fact: `Ruby cannot read it: ${file.fault.message}` };
  const classes = [...classesIn(file.program.statements)];
  for (const each of classes) {
    const found = each.superclass === null ? null : inherits.exec(file.sourceOf(each.superclass));
    // One without a number is of Rails 4.2 or before.
    if (found !== null) return migrationOf(each, Number(found.groups?.['version'] ?? 4.2), file);
  }
  const other = classes.find(
    ({ superclass }) => superclass !== null && /Migration\b/u.test(file.sourceOf(superclass)),
  );
  if (other?.superclass === undefined || other.superclass === null) return null;
  return {
    line: file.lineOf(other),
    fact: `it inherits from ${file.sourceOf(other.superclass)}, which is not in this file`,
  };
}

function* classesIn(node: ruby.Node | null): Generator<ruby.ClassNode> {
  if (node instanceof ruby.StatementsNode) for (const each of node.body) yield* classesIn(each);
  if (node instanceof ruby.ModuleNode) yield* classesIn(node.body);
  if (node instanceof ruby.ClassNode) {
    yield node;
    yield* classesIn(node.body);
  }
}

function migrationOf(node: ruby.ClassNode, version: number, file: RubyFile) {
  const line = file.lineOf(node);
  if (!(version >= 4.2 && version <= newestVersion))
    return { line, fact: `what Rails ${version} does is not known here` };
  const body = node.body instanceof ruby.StatementsNode ? node.body.body : [];
  const methods = new Map(
    body.flatMap((each) => definitionsIn(each)).map((method) => [method.name, method] as const),
  );
  const forward = methods.get('up') ?? methods.get('change');
  if (forward === undefined) return { line, fact: 'it has neither `change` nor `up`' };
  const reader = new StepReader({ file, methods, table: null }, constantsOf(body), [forward.name]);
  return { version, steps: reader.stepsOf(forward.body) };
}

/** `def`, and `private def`. */
function definitionsIn(node: ruby.Node): readonly ruby.DefNode[] {
  if (node instanceof ruby.DefNode) return [node];
  if (node instanceof ruby.SingletonClassNode && node.body instanceof ruby.StatementsNode)
    return node.body.body.flatMap(definitionsIn);
  return node instanceof ruby.CallNode ? (node.arguments_?.arguments_ ?? []).flatMap(definitionsIn) : [];
}

function constantsOf(body: readonly ruby.Node[]): ReadonlyMap<string, RubyValue> {
  const found = new Map<string, RubyValue>();
  for (const node of body) {
    if (!(node instanceof ruby.ConstantWriteNode)) continue;
    const value = literalOf(node.value, found);
    if (value !== undefined) found.set(node.name, value);
  }
  return found;
}
