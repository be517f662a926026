import type * as z from 'zod';
import type { SpecProblem } from '../database/errors.ts';
import { faultsIn, type Fault, printable } from './fault.ts';
import { kindNames } from '../changes/kinds.ts';
import { sectionsOf, unknownKey, type Sections } from './known-keys.ts';
import { specJsonSchema } from './spec-schema.ts';
import { childPath, positionOf, type Positions } from './spec-source.ts';

type Path = readonly PropertyKey[];

/** The issues that zod found with a file's data, each with its place. */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  data: unknown,
  positions: Positions,
): readonly SpecProblem[] {
  const sections = sectionsFor(valueAt(data, ['change', 'kind']));
  return issues.flatMap((issue) =>
    (issue.code === 'unrecognized_keys' ? unknownKeys(issue, sections) : taught(issue, data)).map(
      ({ path, ...fault }) => {
        const key = pathText(path);
        return { ...positionOf(positions, key), key, ...fault };
      },
    ),
  );
}

const known = new Map<unknown, Sections>();

/** Made once for each kind: the schema is large. */
function sectionsFor(written: unknown): Sections {
  const kind = kindNames.find((name) => name === written);
  const sections = known.get(kind) ?? sectionsOf(specJsonSchema(), kind);
  known.set(kind, sections);
  return sections;
}

interface Placed extends Fault {
  readonly path: Path;
}

function unknownKeys(
  { path, keys }: z.core.$ZodIssueUnrecognizedKeys,
  sections: Sections,
): readonly Placed[] {
  return keys.map((key) => ({ path: [...path, key], ...unknownKey(key, pathText(path), sections) }));
}

function taught({ path, message }: z.core.$ZodIssue, data: unknown): readonly Placed[] {
  const missing = valueAt(data, path) === undefined;
  const neighbours = valueAt(data, path.slice(0, -1));
  return faultsIn(message).map(({ fact, remedy }) => ({
    path,
    // Only a missing key's text has gaps; any other may quote the user's own braces.
    fact: missing ? filled(fact, neighbours) : fact,
    remedy: missing ? filled(remedy, neighbours) : remedy,
  }));
}

/** Writes the neighbours' values into `{key|otherwise}`, a column as SQL would name it. Only shown, never run. */
function filled(text: string, neighbours: unknown): string {
  return text.replaceAll(/\{(\w+)\|(\w+)\}/g, (_, key: string, otherwise: string) => {
    const value = valueAt(neighbours, [key]);
    if (typeof value !== 'string' || value === '' || value.length > 63) return otherwise;
    return printable(key === 'type' || /^[a-z_][a-z0-9_]*$/.test(value) ? value : JSON.stringify(value), 200);
  });
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? Reflect.get(value, key)
        : undefined,
    data,
  );
}

function pathText(path: Path): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : childPath(text, String(key))),
    '',
  );
}
