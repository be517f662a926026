import { isAlias, isMap, isNode, isScalar, isSeq, type Alias, type Document, type LineCounter } from 'yaml';
import type { SpecProblem } from '../database/errors.ts';
import { printable, type Fault } from './fault.ts';
import { childPath, type Position, type Positions } from './spec-source.ts';

/** Visits every key once. Aliases are not followed: what they stand for has its place already. */
export class YamlWalk {
  readonly problems: SpecProblem[] = [];
  /** Some alias has no anchor before it. */
  dangling = false;
  readonly #anchors = new Set<string>();
  readonly #places = new Map<string, Position>();
  readonly #lines: LineCounter;

  constructor(document: Document, lines: LineCounter) {
    this.#lines = lines;
    this.#place('', document.contents);
    this.#visit(document.contents, '');
  }

  positions(): Positions {
    return Object.fromEntries(this.#places);
  }

  #visit(node: unknown, path: string): void {
    if (isAlias(node)) this.#check(node, path);
    else if (isNode(node) && node.anchor !== undefined) this.#anchors.add(node.anchor);
    if (isMap(node)) {
      const seen = new Map<string, Position>();
      for (const { key, value } of node.items) this.#visitPair({ key, value }, path, seen);
    }
    if (isSeq(node))
      for (const [index, item] of node.items.entries()) this.#visitItem(item, `${path}[${index}]`);
  }

  #visitItem(item: unknown, path: string): void {
    this.#place(path, item);
    this.#visit(item, path);
  }

  #visitPair(
    { key, value }: { key: unknown; value: unknown },
    section: string,
    seen: Map<string, Position>,
  ): void {
    const place = this.#placeOf(key);
    if (!isScalar(key) || place === undefined) return;
    const name = String(key.value);
    const path = childPath(section, name);
    const first = seen.get(name);
    if (first !== undefined) this.problems.push({ ...place, key: path, ...twin(name, first) });
    seen.set(name, first ?? place);
    if (!this.#places.has(path)) this.#places.set(path, place);
    this.#visit(value, path);
  }

  #check(alias: Alias, path: string): void {
    if (this.#anchors.has(alias.source)) return;
    this.dangling = true;
    const fact = `\`*${printable(alias.source)}\` stands for nothing in this file.`;
    const remedy = 'Put a text that begins with `*` in single quotes.';
    this.problems.push({ ...(this.#placeOf(alias) ?? { line: 1, column: 1 }), key: path, fact, remedy });
  }

  #place(path: string, node: unknown): void {
    const place = this.#placeOf(node);
    if (place !== undefined) this.#places.set(path, place);
  }

  #placeOf(node: unknown): Position | undefined {
    const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
    if (!range) return undefined;
    const { line, col } = this.#lines.linePos(range[0]);
    return { line, column: col };
  }
}

function twin(name: string, first: Position): Fault {
  return {
    fact: `\`${printable(name)}\` is written twice, first on line ${first.line}.`,
    remedy: 'Keep one.',
  };
}
