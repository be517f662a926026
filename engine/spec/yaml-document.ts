import { LineCounter, parseDocument, type Document, type YAMLError } from 'yaml';
import type { SpecProblem } from '../database/errors.ts';
import type { Fault } from './fault.ts';
import { positionOf, type Positions } from './spec-source.ts';
import { nestingDepth } from './yaml-depth.ts';
import { yamlFault } from './yaml-fault.ts';
import { YamlWalk } from './yaml-walk.ts';

/** A YAML text as data, with the place of every key. `data` is undefined where the text is not to be used. */
export interface YamlDocument {
  readonly data: unknown;
  readonly positions: Positions;
  readonly problems: readonly SpecProblem[];
}

const mostNesting = 32;
const mostAliases = 20;

/** Reads one document of YAML 1.2; never throws. */
export function readYaml(text: string): YamlDocument {
  if (nestingDepth(text) > mostNesting)
    return broken({ fact: 'The YAML nests too deep.', remedy: 'Write a flat file.' });
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    stringKeys: true,
    uniqueKeys: false, // found below, with both places
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  const walk = new YamlWalk(document, lines);
  const positions = walk.positions();
  const syntax = syntaxProblems(text, document, lines, positions);
  if (syntax.length > 0) return { data: undefined, positions, problems: syntax };
  if (walk.dangling) return { data: undefined, positions, problems: walk.problems };
  const { data, problems } = dataOf(document);
  return { data, positions, problems: [...walk.problems, ...problems] };
}

function broken(fault: Fault): YamlDocument {
  return { data: undefined, positions: {}, problems: [{ line: 1, column: 1, key: '', ...fault }] };
}

/** Faults of one value, after which the rest of the file still means what it says. */
const harmless = new Set<YAMLError['code']>([
  'BAD_SCALAR_START',
  'BLOCK_AS_IMPLICIT_KEY',
  'TAB_AS_INDENT',
  'TAG_RESOLVE_FAILED',
]);

/** Found past all keys, these mean a text or list that was never closed. It began at the last key. */
const unclosed = new Set<YAMLError['code']>(['BAD_INDENT', 'MISSING_CHAR']);

/** One problem a line, up to the first after which YAML has lost its way and complains of what is well. */
function syntaxProblems(
  text: string,
  document: Document,
  lines: LineCounter,
  positions: Positions,
): readonly SpecProblem[] {
  const source = text.split('\n');
  const keys = firstKeys(positions);
  const last = Object.keys(positions).at(-1) ?? '';
  const byLine = new Map<number, SpecProblem>();
  const errors = [...document.errors, ...document.warnings].toSorted((a, b) => a.pos[0] - b.pos[0]);
  for (const error of errors) {
    const { line, col: column } = lines.linePos(error.pos[0]);
    const fault = yamlFault(error, source[line - 1] ?? '');
    const open = unclosed.has(error.code) && line > positionOf(positions, last).line;
    const place = open
      ? { ...positionOf(positions, last), key: last }
      : { line, column, key: keys.get(line) ?? '' };
    if (!byLine.has(line)) byLine.set(line, { ...place, ...fault });
    if (!harmless.has(error.code)) break;
  }
  return [...byLine.values()];
}

/** The first key of each line that has one. */
function firstKeys(positions: Positions): ReadonlyMap<number, string> {
  const keys = Object.entries(positions).filter(([key]) => key !== '');
  return new Map(keys.toReversed().map(([key, { line }]) => [line, key]));
}

function dataOf(document: Document): Pick<YamlDocument, 'data' | 'problems'> {
  try {
    const data: unknown = document.toJS({ maxAliasCount: mostAliases });
    return { data, problems: [] };
  } catch (error) {
    // Every alias has its anchor, so this is the limit: the file is small and what it stands for is not.
    if (!(error instanceof ReferenceError)) throw error;
    return broken({ fact: 'The aliases (`*name`) stand for too much.', remedy: 'Write the values out.' });
  }
}
