import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { specJsonSchema } from '../engine/spec/spec-schema.ts';

const target = fileURLToPath(new URL('schema.json', import.meta.url));

/** The text of schema.json, from which editors complete and check migration files. */
export async function schemaText(): Promise<string> {
  return format(JSON.stringify(specJsonSchema()), { ...(await resolveConfig(target)), filepath: target });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(target, await schemaText());
