import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const rule = z.looseObject({ ErrorEquals: z.array(z.string()) });

/**
 * A state machine's file with its `${Names}` filled in; a name without a value is an error. Only the waits between two
 * looks whether a paused migration may go on are shorter: a rehearsal has not got the minutes that a fortnight has.
 */
export function definition(folder: string, name: string, values: ReadonlyMap<string, string>): string {
  const text = readFileSync(join(folder, `${name}.asl.json`), 'utf8');
  const filled = text.replaceAll(/\$\{(\w+)\}/gu, (_, key: string) => {
    const value = values.get(key);
    if (value === undefined)
      throw new Error(`${name}.asl.json asks for \${${key}}, which the rehearsal does not have`);
    return value;
  });
  return JSON.stringify(JSON.parse(filled, (_, value: unknown) => sooner(value)));
}

function sooner(value: unknown): unknown {
  const retry = rule.safeParse(value).data;
  return retry?.ErrorEquals.includes('NotNow') === true && 'IntervalSeconds' in retry
    ? { ...retry, IntervalSeconds: 1, MaxDelaySeconds: 2 }
    : value;
}
