import type { TableName } from '../../spec/table-name.ts';
import type { Dialect } from '../dialect.ts';

/** What no tool can prevent in an application that names no columns, when a column of its table comes or goes. */
export const cautions: Dialect['cautions'] = (table, { comes, goes }) => {
  const name = `${table.schema}.${table.name}`;
  const first = comes ? 'expand' : 'the quarantine';
  const aside = goes?.keepsName === true ? 'the swap' : 'the quarantine';
  const again = comes ? `${aside} and from the contract` : 'the contract';
  const when = `from ${first} on${goes === null ? '' : `, and again from ${again} on`}`;
  const whole = comes ? 'expand' : 'the contract';
  return [
    ...(goes?.keepsName === true ? retypeCaution(table, goes.name, 'the swap') : []),
    `a prepared SELECT * or RETURNING * over ${name} fails ${when}: at every execute, inside transactions too ` +
      '(0A000, cached plan must not change result type), until it is prepared again. Name its columns before the start; ' +
      'or end the sessions after the phase (PgBouncer: RECONNECT), or do not prepare on the server (pgjdbc: prepareThreshold=0)',
    `COPY ${name} FROM without a list of columns fails from ${whole} on (22P04, ${comes ? 'missing data for column' : 'extra data after last expected column'}), and so does ` +
      `INSERT INTO … SELECT * FROM ${name}. Name their columns before the start`,
    ...(goes?.moves === true
      ? [
          `INSERT INTO ${name} VALUES (…) without a list of columns goes on until the contract; from then on its values ` +
            'land in other columns. Name its columns before the contract',
        ]
      : []),
  ];
};

/** What a session has prepared says which types it returns. */
export const retypeCaution: Dialect['retypeCaution'] = (table, column, when) => [
  `a prepared statement that returns ${table.schema}.${table.name}.${column} fails once after ${when} in each session, as after any change of a type ` +
    `(0A000, cached plan must not change result type). Most drivers prepare it again outside transactions; otherwise end the sessions after ${when}`,
];

/** All partitions get it with their table. */
export const partitionedCaution = ({ schema, name }: TableName, column: string): string =>
  `${schema}.${name} is partitioned: ${column} is added to it and to every partition in one transaction, which locks all of them ACCESS EXCLUSIVE for a moment`;
