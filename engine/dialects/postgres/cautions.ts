import type { TableName } from '../../spec/table-name.ts';
import type { ReplacedColumn } from '../dialect.ts';

/**
 * What no tool can prevent in an application that names no columns, when its table gets one and may lose another. `moves`:
 * columns stand behind the one that goes, so that positions change.
 */
export function cautions(table: TableName, replaced: ReplacedColumn | null): readonly string[] {
  const name = `${table.schema}.${table.name}`;
  const when =
    replaced === null
      ? 'from expand on'
      : `from expand on, and again from the ${replaced.keepsName ? 'swap' : 'quarantine'} and from the contract on`;
  return [
    ...(replaced?.keepsName === true
      ? [
          `a prepared statement that returns ${name}.${replaced.name} fails once after the swap in each session, as after any change of a type ` +
            '(0A000, cached plan must not change result type). Most drivers prepare it anew outside of transactions; otherwise end the sessions after the swap',
        ]
      : []),
    `a prepared SELECT * or RETURNING * over ${name} fails ${when}: at every execute, inside transactions too ` +
      '(0A000, cached plan must not change result type), until it is prepared anew. Name its columns before the start; ' +
      'or end the sessions after the phase (PgBouncer: RECONNECT), or do not prepare on the server (pgjdbc: prepareThreshold=0)',
    `COPY ${name} FROM without a list of columns fails from expand on (22P04, missing data for column), and so does ` +
      `INSERT INTO … SELECT * FROM ${name}. Name their columns before the start`,
    ...(replaced?.moves === true
      ? [
          `INSERT INTO ${name} VALUES (…) without a list of columns goes on until the contract; from then on its values ` +
            'land in other columns. Name its columns before the contract',
        ]
      : []),
  ];
}
