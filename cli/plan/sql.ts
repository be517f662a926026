import type { Preview, PreviewedStatement } from '../../engine/preview/preview.ts';
import { UsageError } from '../usage-error.ts';

/**
 * The plan as an SQL script for review: what runs is SQL, in the order in which it runs; all else is a comment.
 * The walk over the rows takes parameters and many calls, so it is a comment too. Raises UsageError without a database.
 */
export function planSql({ migration, goal, phases, walk, table, findings }: Preview): string {
  if (phases === null)
    throw new UsageError(
      '--sql needs a database: the SQL is compiled from its catalog. Give --database-url, or --cluster-arn, --secret-arn and --database.',
    );
  return [
    comment(`${migration}: ${goal}`),
    comment(
      'For review. Workers run it unit by unit, each under its lock timeout and noted in the ledger; run by hand, nothing is noted.',
    ),
    ...findings.map(({ fact }) => comment(`finding: ${fact}`)),
    'CREATE SCHEMA IF NOT EXISTS underpin;',
    ...phases.flatMap(({ phase, statements, undo }) => [
      comment(`==== ${phase} ${table.schema}.${table.name} ====`),
      ...statements.map(unit),
      ...(phase === 'backfill'
        ? Object.entries(walk ?? {}).map(([name, sql]) => comment(`${name}:\n${sql};`))
        : []),
      ...undone(undo),
    ]),
  ]
    .join('\n\n')
    .concat('\n');
}

/** A comment ends where PostgreSQL ends a line: names in it may hold a carriage return. */
const comment = (text: string): string =>
  text
    .split(/\r\n?|\n/u)
    .map((line) => `-- ${line}`.trimEnd())
    .join('\n');

function unit({ does, lock, held, waitsAtMostMs, sql }: PreviewedStatement): string {
  const title = comment(`${does} (lock: ${lock}${lock === 'none' ? '' : `, for ${held}`})`);
  if (waitsAtMostMs === null) return [title, ...sql.map((each) => `${each};`)].join('\n');
  const timeout = `SET LOCAL lock_timeout = '${waitsAtMostMs}ms';`;
  return [title, 'BEGIN;', timeout, ...sql.map((each) => `${each};`), 'COMMIT;'].join('\n');
}

function undone(undo: NonNullable<Preview['phases']>[number]['undo']): readonly string[] {
  if ('irreversible' in undo) return [comment(`nothing undoes this: ${undo.irreversible}`)];
  return undo.map((each) => comment(`undo: ${unit(each).replace(/^-- /u, '')}`));
}
