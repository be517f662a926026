import type { Script } from '../../engine/dialects/for-people.ts';
import { dialectOf } from '../../engine/dialects/dialects.ts';
import type { Preview, PreviewedStatement } from '../../engine/preview/preview.ts';
import { UsageError } from '../usage-error.ts';

/**
 * The plan as an SQL script for review: what runs is SQL, in the order in which it runs; all else is a comment.
 * The walk over the rows takes parameters and many calls, so it is a comment too. Raises UsageError without a database.
 */
export function planSql({ engine, migration, goal, phases, walks, table, findings }: Preview): string {
  if (phases === null || engine === null)
    throw new UsageError(
      '--format sql needs a database: the SQL is compiled from its catalog. Give --database-url, or --cluster-arn, --secret-arn and --database.',
    );
  const { script } = dialectOf(engine);
  return [
    comment(`${migration}: ${goal}`),
    comment(
      'For review. Workers run it unit by unit, each under its lock timeout and noted in the ledger; run by hand, nothing is noted.',
    ),
    ...findings.map(({ fact }) => comment(`finding: ${fact}`)),
    `${script.beforehand};`,
    ...phases.flatMap(({ phase, statements, undo }) => [
      comment(`==== ${phase} ${table.schema}.${table.name} ====`),
      ...statements.map((each) => unit(each, script)),
      ...(phase === 'backfill' ? walks.flatMap(walked) : []),
      ...undone(undo, script),
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

const walked = ({ purposes, statements }: Preview['walks'][number]): readonly string[] => [
  comment(`the walk for ${purposes.join(', ')}`),
  ...Object.entries(statements).map(([name, sql]) => comment(`${name}:\n${sql};`)),
];

function unit({ does, lock, held, waitsAtMostMs, sql }: PreviewedStatement, script: Script): string {
  const title = comment(`${does} (lock: ${lock}${lock === 'none' ? '' : `, for ${held}`})`);
  const statements = waitsAtMostMs === null ? sql : script.together(sql, waitsAtMostMs);
  return [title, ...statements.map((each) => `${each};`)].join('\n');
}

function undone(undo: NonNullable<Preview['phases']>[number]['undo'], script: Script): readonly string[] {
  if ('irreversible' in undo) return [comment(`nothing undoes this: ${undo.irreversible}`)];
  return undo.map((each) => comment(`undo: ${unit(each, script).replace(/^-- /u, '')}`));
}
