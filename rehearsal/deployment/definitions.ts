import { readFileSync } from 'node:fs';
import { join } from 'node:path';

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
  return filled.replaceAll(
    /("ErrorEquals": \["NotNow"\],\s*"IntervalSeconds": )60(,\s*"BackoffRate": 1\.2,\s*"MaxDelaySeconds": )900/gu,
    (_, interval: string, most: string) => `${interval}1${most}2`,
  );
}
