import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';
import { z } from 'zod';
import { outlineOf } from './outline.ts';
import { picture } from './picture.ts';

/** The state machines, in the order in which they name each other. */
export const machineFiles = ['decide', 'verify', 'gate', 'migration', 'breach'] as const;
export type MachineFile = (typeof machineFiles)[number];

const at = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const source = z.looseObject({ Retries: z.unknown(), Parts: z.unknown() });

async function machine(name: MachineFile): Promise<unknown> {
  // One document: an anchor of the first file is known in the second.
  const text = (await readFile(at('shared.yaml'), 'utf8')) + (await readFile(at(`${name}.asl.yaml`), 'utf8'));
  const { Retries: _, Parts: __, ...states } = source.parse(parse(text, { merge: true, maxAliasCount: -1 }));
  return states;
}

async function formatted(text: string, target: string): Promise<string> {
  return format(text, { ...(await resolveConfig(target)), filepath: target });
}

/** The text of `<name>.asl.json`: the YAML beside it, with the policies and parts that it names written out. */
export const machineText = async (name: MachineFile): Promise<string> =>
  formatted(JSON.stringify(await machine(name)), at(`${name}.asl.json`));

export const outlinesFile = '../engine/preview/machine-outlines.ts';

/** What an estimate counts by: the states of the machines that a migration consists of, and how they follow each other. */
export async function outlinesText(): Promise<string> {
  const outlines: Record<string, unknown> = {};
  for (const name of ['migration', 'gate', 'verify'] as const)
    outlines[name] = outlineOf(await machine(name));
  const text = `// Written by npm run machines.
import type { Outlines } from './outlines.ts';

export const machineOutlines: Outlines = ${JSON.stringify(outlines)};
`;
  return formatted(text, at(outlinesFile));
}

export const pictureFile = '../docs/migration.svg';

/** What Step Functions' console shows, phase by phase. */
export const pictureText = async (): Promise<string> =>
  picture({
    migration: await machine('migration'),
    gate: await machine('gate'),
    verify: await machine('verify'),
  });

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of machineFiles) await writeFile(at(`${name}.asl.json`), await machineText(name));
  await writeFile(at(outlinesFile), await outlinesText());
  await writeFile(at(pictureFile), await pictureText());
}
