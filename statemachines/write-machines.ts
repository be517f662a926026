import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';
import { z } from 'zod';

/** The state machines, in the order in which they name each other. */
export const machineFiles = ['decide', 'verify', 'migration', 'breach'] as const;
export type MachineFile = (typeof machineFiles)[number];

const at = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const source = z.looseObject({ Retries: z.unknown() });

/** The text of `<name>.asl.json`: the YAML beside it, with every policy that it names written out. */
export async function machineText(name: MachineFile): Promise<string> {
  // One document: an anchor of the first file is known in the second.
  const text =
    (await readFile(at('retries.yaml'), 'utf8')) + (await readFile(at(`${name}.asl.yaml`), 'utf8'));
  const { Retries: _, ...machine } = source.parse(parse(text, { merge: true, maxAliasCount: -1 }));
  const target = at(`${name}.asl.json`);
  return format(JSON.stringify(machine), { ...(await resolveConfig(target)), filepath: target });
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const name of machineFiles) await writeFile(at(`${name}.asl.json`), await machineText(name));
