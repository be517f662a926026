import * as z from 'zod';
import { one, type Database } from '../../database/database.ts';
import { RowRefused, StatementRefused } from '../../database/errors.ts';
import { characterSet } from './character-set.ts';
import { jsonTruth } from './quote.ts';
import { isOfClock, takesNoLiteral } from './written-default.ts';

interface Holding {
  readonly type: string;
  readonly collation: string | null;
}

const holds = z.object({ holds: z.boolean() });

/**
 * MySQL computes an expression that is a default when a row is written, and not before: what the type does not hold would fail every
 * writer who leaves the column out. Raises StatementRefused, whose words are about the default.
 */
export async function refuseUnheldDefault(
  database: Database,
  column: Holding,
  otherwise: string,
): Promise<void> {
  if (!takesNoLiteral(column.type) || isOfClock(otherwise)) return;
  const [asked, lack] = holding(column, otherwise);
  const text = `SELECT JSON_OBJECT('holds', ${jsonTruth(asked)})`;
  try {
    const found = await one(database, { text, catalogOnly: true }, holds);
    if (!found.holds) throw new StatementRefused(lack);
  } catch (error) {
    throw error instanceof RowRefused ? new StatementRefused(lack) : error;
  }
}

const mostBytes = (type: string): number =>
  /^tiny/iu.test(type) ? 255 : /^(?:medium|long)/iu.test(type) ? 16_777_215 : 65_535;

/** Whether a column holds a value, as an expression, and what is said where it does not. */
function holding({ type, collation }: Holding, value: string): readonly [string, string] {
  if (/^json\b/iu.test(type)) return [`CAST(${value} AS JSON) IS NOT NULL`, 'it is no JSON'];
  if (collation === null)
    return [`OCTET_LENGTH(${value}) <= ${mostBytes(type)}`, `it is longer than a ${type} may be`];
  const charset = characterSet(collation);
  const held = `CONVERT(${value} USING ${charset})`;
  return [
    `CONVERT(${held} USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(${value} USING utf8mb4) AND OCTET_LENGTH(${held}) <= ${mostBytes(type)}`,
    `it is longer than a ${type} may be, or has characters that ${charset} lacks`,
  ];
}
