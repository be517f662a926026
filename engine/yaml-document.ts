import { LineCounter, parseDocument, type Document } from 'yaml';
import type { SpecProblem } from './errors.ts';
import type { Fault } from './fault.ts';
import type { Positions } from './spec-source.ts';
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

/** One problem a line: what follows an error on its line follows from it. */
function syntaxProblems(
  text: string,
  document: Document,
  lines: LineCounter,
  positions: Positions,
): readonly SpecProblem[] {
  const source = text.split('\n');
  const found = [...document.errors, ...document.warnings].map((error): SpecProblem => {
    const { line, col: column } = lines.linePos(error.pos[0]);
    return { line, column, key: keyAt(positions, line), ...yamlFault(error, source[line - 1] ?? '') };
  });
  return found.filter(({ line }, index) => found.findIndex((other) => other.line === line) === index);
}

/** The first key of a line. */
function keyAt(positions: Positions, line: number): string {
  return Object.keys(positions).find((key) => key !== '' && positions[key]?.line === line) ?? '';
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
