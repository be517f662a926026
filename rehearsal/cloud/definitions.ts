import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A state machine's file with its `${Names}` filled in; a name without a value is an error. */
export function definition(folder: string, name: string, values: ReadonlyMap<string, string>): string {
  const text = readFileSync(join(folder, `${name}.asl.json`), 'utf8');
  return text.replaceAll(/\$\{(\w+)\}/gu, (_, key: string) => {
    const value = values.get(key);
    if (value === undefined)
      throw new Error(`${name}.asl.json asks for \${${key}}, which the rehearsal does not have`);
    return value;
  });
}
