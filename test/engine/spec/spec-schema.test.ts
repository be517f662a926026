import { readFileSync, readdirSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseSpec } from '../../../engine/spec/spec.ts';
import { specJsonSchema } from '../../../engine/spec/spec-schema.ts';
import { schemaText } from '../../../migrations/write-schema.ts';

const folder = new URL('../../../migrations/', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, folder), 'utf8');
const examples = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
const validate = new Ajv({ strict: false, validateFormats: false }).compile(specJsonSchema());

describe('schema.json', () => {
  it('is what the generator writes; if not: npx tsx migrations/write-schema.ts', async () => {
    expect(read('schema.json')).toBe(await schemaText());
  });

  it('describes every key, and gives an example of every value that is free', () => {
    expect(undescribed(specJsonSchema(), '')).toEqual([]);
  });

  it.each(examples)('accepts %s, as parseSpec does', (file) => {
    const text = read(file);
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./schema.json');
    expect(validate(parse(text))).toBe(true);
    expect(parseSpec(text, `migrations/${file}`).name).toBe(file.slice(5, -5));
  });

  it('refuses what parseSpec refuses: unknown keys, wrong types, unknown kinds, bad durations', () => {
    const good = { goal: 'g', table: 't', change: { kind: 'rename-column', from: 'a', to: 'b' } };
    expect(validate(good)).toBe(true);
    expect(validate({ ...good, gaol: 1 })).toBe(false);
    expect(validate({ ...good, goal: 5 })).toBe(false);
    expect(validate({ ...good, change: { kind: 'rename', from: 'a', to: 'b' } })).toBe(false);
    expect(validate({ ...good, lockTimeout: '5' })).toBe(false);
    expect(validate({ ...good, backfill: { parallelism: 17 } })).toBe(false);
  });
});

interface Node {
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly type?: unknown;
  readonly enum?: unknown;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly oneOf?: readonly Node[];
  readonly anyOf?: unknown;
  readonly items?: Node;
  readonly additionalProperties?: Node | boolean;
}

/** Paths of the JSON Schema that an editor could say nothing about. */
function undescribed(node: Node, path: string): readonly string[] {
  const children = [
    ...Object.entries(node.properties ?? {}),
    ...(node.oneOf ?? []).map((one, index) => [String(index), one] as const),
    // Of names that the author chooses, what stands under each.
    ...(typeof node.additionalProperties === 'object' && node.additionalProperties.properties
      ? [['*', node.additionalProperties] as const]
      : []),
    ...(node.items ? [['items', node.items] as const] : []),
  ];
  // Of several ways to write a value, the key says what it is.
  const hasWays = node.anyOf !== undefined;
  const free = !hasWays && children.length === 0 && node.enum === undefined && node.const === undefined;
  const lacks = node.description === undefined || (free && node.examples === undefined);
  return [
    ...(lacks ? [path] : []),
    ...children.flatMap(([key, child]) => undescribed(child, `${path}/${key}`)),
  ];
}
