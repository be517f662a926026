import { array, assert, constantFrom, nat, oneof, property, string, tuple, type Arbitrary } from 'fast-check';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InvalidSpec } from '../../engine/database/errors.ts';
import { parseSpec } from '../../engine/spec/spec.ts';

const folder = new URL('../../migrations/', import.meta.url);
const texts = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => readFileSync(new URL(file, folder), 'utf8'));
const words = texts.flatMap((text) => text.split(/\b/));

/** Cut `length` characters out at `at`, put `piece` there. */
interface Edit {
  readonly at: number;
  readonly length: number;
  readonly piece: string;
}

const signs = [
  '\t',
  '\n',
  '\r\n',
  ' ',
  ': ',
  '- ',
  '? ',
  '#',
  '&a ',
  '*a',
  '!',
  '!!set ',
  '|',
  '>',
  "'",
  '"',
  '{',
  '}',
  '[',
  ']',
];
const oddities = [
  ',',
  '%',
  '@',
  '`',
  '---\n',
  '...\n',
  '<<: ',
  '\0',
  '\uFEFF',
  '\uD800',
  '~',
  'null',
  '.inf',
  '1e999',
  '__proto__: ',
  '\\',
];
const piece: Arbitrary<string> = oneof(
  constantFrom('', ...signs),
  constantFrom(...oddities),
  constantFrom(...words),
  string({ unit: 'binary', maxLength: 5 }),
);
const edit: Arbitrary<Edit> = tuple(nat(1000), nat(30), piece).map(([at, length, inserted]) => ({
  at,
  length,
  piece: inserted,
}));

function edited(text: string, { at, length, piece: inserted }: Edit): string {
  const start = at % (text.length + 1);
  return text.slice(0, start) + inserted + text.slice(start + length);
}

/** Fails on any error but InvalidSpec, and on a message whose lines are not of the promised form. */
function parsesOrTeaches(text: string, file: string): boolean {
  try {
    const spec = parseSpec(text, file);
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    return true;
  } catch (error) {
    if (!(error instanceof InvalidSpec)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    const lines = error.message.split('\n');
    expect(lines.filter((line) => !/^m\.yaml(?::\d+:\d+.*: .+[.?!]|: and \d+ more\.)$/.test(line))).toEqual(
      [],
    );
    const height = text.split('\n').length;
    expect(error.problems.filter(({ line, column }) => line < 1 || line > height || column < 1)).toEqual([]);
    return false;
  }
}

describe('a migration file', () => {
  it.each(['\\r', '\\n', '\\u2028', '\\u0085'])('whose type holds %s is answered in one line each', (odd) => {
    const text = `goal: g\ntable: t\nchange: { kind: change-type, column: a, to: b, type: "x${odd}y" }\n`;
    expect(parsesOrTeaches(text, 'm.yaml')).toBe(false);
  });

  it('parses or is refused by InvalidSpec, whatever is done to it', () => {
    const seen = { parsed: 0, refused: 0 };
    const mutants = tuple(constantFrom(...texts), array(edit, { minLength: 1, maxLength: 4 }));
    assert(
      property(mutants, ([text, edits]) => {
        seen[parsesOrTeaches(edits.reduce(edited, text), 'm.yaml') ? 'parsed' : 'refused'] += 1;
      }),
      { numRuns: 2000 },
    );
    // The mutants are neither all harmless nor all noise.
    expect(seen.parsed).toBeGreaterThan(50);
    expect(seen.refused).toBeGreaterThan(500);
  });

  it('may be any text at all', () => {
    const anything = array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
    assert(
      property(anything, (text) => {
        parsesOrTeaches(text, 'm.yaml');
      }),
      { numRuns: 1000 },
    );
  });
});
