import * as z from 'zod';
import { one, type Database } from '../../../database/database.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import type { Fault } from '../../../spec/fault.ts';
import type { TableName } from '../../../spec/table-name.ts';
import type { ConversionRead, Expression } from '../../inspector.ts';
import { findingIn, valueOf } from './called.ts';
import { momentLiteral } from './moment-literal.ts';
import { askReads } from './reads.ts';

const reads = z.object({
  calls: z.array(z.number()),
  values: z.array(z.number()),
  aggregates: z.boolean(),
  windows: z.boolean(),
  sets: z.boolean(),
  moments: z.boolean(),
  system: z.array(z.string()),
  generated: z.array(z.object({ name: z.string(), expression: z.string() })),
  free: z.boolean(),
  dated: z.boolean(),
});
type Reads = z.infer<typeof reads>;

/**
 * What keeps an expression from giving the same value for the same row whenever and by whomever it is computed: the
 * backfill, the dual write of every client and the verification compute it independently. Asked of the catalog, which
 * has resolved its functions, operators and casts; nothing of it is run. Lookups in tables are let pass.
 */
export async function readConversion(
  database: Database,
  parser: SqlParser,
  of: { readonly table: TableName; readonly expression: Expression },
): Promise<ConversionRead> {
  const read = await one(database, askReads(of.table, of.expression), reads);
  return {
    fault: await faultOf(read, of.expression, database, parser),
    isFree: read.free,
    isOfMoments: read.dated,
  };
}

async function faultOf(
  read: Reads,
  { text }: Expression,
  database: Database,
  parser: SqlParser,
): Promise<Fault | undefined> {
  const [generated] = read.generated;
  if (generated !== undefined) return ofGenerated(generated);
  const finding =
    ofItself(read) ?? momentLiteral(text, read.moments, parser) ?? (await calling(read, database, parser));
  return finding === undefined ? undefined : { fact: `the expression ${finding}`, remedy };
}

const remedy =
  'Write it so that one row gives one value, at any time and in every session: backfill, dual write and verification each compute it';

const ofGenerated = ({
  name,
  expression,
}: {
  readonly name: string;
  readonly expression: string;
}): Fault => ({
  fact: `the expression reads "${name}", which is generated as ${expression}: a row that is being written has no value there yet`,
  remedy: `Write that expression itself in place of "${name}": \`(${expression})\``,
});

function ofItself({ sets, aggregates, windows, system, values }: Reads): string | undefined {
  if (sets) return 'gives several rows';
  if (aggregates) return 'holds an aggregate';
  if (windows) return 'holds a window function';
  const [column] = system;
  if (column !== undefined)
    return `reads the system column ${column}, which changes with every write of the row`;
  const value = valueOf(values);
  return value && `${value}, which depends on the time or the session`;
}

async function calling({ calls }: Reads, database: Database, parser: SqlParser): Promise<string | undefined> {
  const finding = await findingIn(calls, database, parser);
  return finding === undefined ? undefined : `calls ${finding}`;
}
