import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Node, ProgramNode } from '@ruby/prism/src/nodes.js';
import { parsePrism } from '@ruby/prism/src/parsePrism.js';

/** A file of Ruby, read and not run. */
export interface RubyFile {
  readonly program: ProgramNode;
  /** The first thing in it that Ruby cannot read. */
  readonly fault: { readonly line: number; readonly message: string } | null;
  lineOf(node: Placed): number;
  sourceOf(node: Placed): string;
}

export interface Placed {
  readonly location: Node['location'];
}

export type RubyParser = (text: string) => RubyFile;

/**
 * Ruby's own parser, as WebAssembly. It is started here and not by its package, which asks Node for WASI, and Node warns of that
 * at the terminal. Reading text calls nothing of a system.
 */
export async function rubyParser(): Promise<RubyParser> {
  const file = fileURLToPath(import.meta.resolve('@ruby/prism/src/prism.wasm'));
  const compiled = await WebAssembly.compile(await readFile(file));
  const imports = WebAssembly.Module.imports(compiled).map(({ name }) => [name, refused(name)] as const);
  const { exports } = await WebAssembly.instantiate(compiled, {
    // The guard of its stack asks for a number that nobody knows; zero guards as well against a fault.
    wasi_snapshot_preview1: { ...Object.fromEntries(imports), random_get: () => 0 },
  });
  if (typeof exports['_initialize'] === 'function') exports['_initialize']();
  return (text) => rubyFile(text, exports);
}

const refused = (name: string) => (): never => {
  throw new Error(`Ruby's parser asks for ${name}.`);
};

function rubyFile(text: string, parser: WebAssembly.Exports): RubyFile {
  const { value, errors } = parsePrism(parser, text);
  const bytes = new TextEncoder().encode(text);
  const [first] = errors;
  const lineAt = (offset: number): number =>
    bytes.subarray(0, offset).reduce((line, byte) => (byte === newline ? line + 1 : line), 1);
  return {
    program: value,
    fault: first === undefined ? null : { line: lineAt(first.location.startOffset), message: first.message },
    lineOf: ({ location }) => lineAt(location.startOffset),
    sourceOf: ({ location: { startOffset, length } }) =>
      new TextDecoder().decode(bytes.subarray(startOffset, startOffset + length)),
  };
}

const newline = 10;
