import * as z from 'zod';
import type { Database, Statement } from '../../database/database.ts';
import type { Fault } from '../../spec/fault.ts';
import type { TableName } from '../../spec/table-name.ts';

/** Rights on a table, or on all of a schema. */
interface Needed {
  readonly schema: string;
  readonly table: string | null;
  readonly rights: readonly string[];
}

const ledger: Needed = {
  schema: 'underpin',
  table: null,
  rights: [
    'ALTER',
    'ALTER ROUTINE',
    'CREATE',
    'CREATE ROUTINE',
    'DELETE',
    'DROP',
    'EXECUTE',
    'INDEX',
    'INSERT',
    'SELECT',
    'TRIGGER',
    'UPDATE',
  ],
};

// Who waits for whom, and which statements were run.
const server: Needed = { schema: 'performance_schema', table: null, rights: ['SELECT'] };

// What ALTER TABLE asks for, also where it is done in place.
const toAlter = ['ALTER', 'CREATE', 'INDEX', 'INSERT', 'SELECT'];
const toWrite = ['TRIGGER', 'UPDATE'];

const mine = (alias: string): string =>
  `${alias}.grantee = CONCAT('''', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')`;

/** Which of these rights the role has neither on the server nor on the schema nor on the table. */
const missingRights = (needed: readonly Needed[]): Statement => ({
  // What a role brings that is switched on in a session is not shown: then nobody knows, and the statements tell.
  text: `WITH needed AS (
  SELECT n.its_right, n.its_schema, n.its_table
  FROM JSON_TABLE(:needed, '$[*]' COLUMNS (
    its_schema VARCHAR(64) CHARACTER SET utf8mb4 PATH '$.schema', its_table VARCHAR(64) CHARACTER SET utf8mb4 PATH '$.table',
    NESTED PATH '$.rights[*]' COLUMNS (its_right VARCHAR(64) CHARACTER SET utf8mb4 PATH '$'))) AS n
)
SELECT JSON_OBJECT('schema', n.its_schema, 'table', n.its_table, 'rights', JSON_ARRAYAGG(n.its_right), 'role', CURRENT_USER())
FROM needed AS n
WHERE CURRENT_ROLE() = 'NONE'
  AND NOT EXISTS (SELECT 1 FROM information_schema.user_privileges AS u
                  WHERE ${mine('u')} AND u.privilege_type = n.its_right)
  AND NOT EXISTS (SELECT 1 FROM information_schema.schema_privileges AS s
                  WHERE ${mine('s')} AND s.privilege_type = n.its_right AND n.its_schema LIKE s.table_schema)
  AND NOT EXISTS (SELECT 1 FROM information_schema.table_privileges AS t
                  WHERE ${mine('t')} AND t.privilege_type = n.its_right
                    AND t.table_schema = n.its_schema AND t.table_name = n.its_table)
GROUP BY n.its_schema, n.its_table
ORDER BY n.its_schema, n.its_table`,
  parameters: { needed: JSON.stringify(needed) },
  catalogOnly: true,
});

const missing = z.object({
  schema: z.string(),
  table: z.string().nullable(),
  rights: z.array(z.string()),
  role: z.string(),
});

const rightsFaults = async (database: Database, needed: readonly Needed[]): Promise<readonly Fault[]> =>
  (await database.rows(missingRights(needed), missing)).map(({ schema, table, rights, role }) => {
    const list = rights.toSorted().join(', ');
    const where = `${schema}.${table ?? '*'}`;
    return {
      fact: `the role ${role} lacks ${list} on ${where}`,
      remedy: `GRANT ${list} ON ${where} TO the role.`,
    };
  });

const setting = (name: string): string =>
  `(SELECT g.variable_value FROM performance_schema.global_variables AS g WHERE g.variable_name = '${name}')`;

/** A setting of the server's that is not as it has to be: none where `when` is false or unknown. */
const settingFault = (
  when: string,
  { fact, remedy }: { readonly fact: string; readonly remedy: string },
): Statement => ({
  text: `SELECT JSON_OBJECT('fact', ${fact}, 'remedy', ${remedy}) FROM DUAL WHERE ${when}`,
  catalogOnly: true,
});

const fault = z.object({ fact: z.string(), remedy: z.string() });

// Checkpoints move in READ COMMITTED, which locks no gaps and is logged by row alone (1665).
const loggedByRow = settingFault(`${setting('log_bin')} = 'ON' AND ${setting('binlog_format')} <> 'ROW'`, {
  fact: `CONCAT('binary logs are on and binlog_format is ', ${setting('binlog_format')}, ', so that the server refuses what the ledger writes (1665)')`,
  remedy: `'Set binlog_format = ROW, in the parameter group of the cluster.'`,
});

// Aurora's own role for administrators does not bring SUPER.
const functionsTrusted = settingFault(
  `${setting('log_bin')} = 'ON' AND ${setting('log_bin_trust_function_creators')} = 'OFF'
  AND (CURRENT_ROLE() = 'NONE' OR CURRENT_ROLE() = '\`rds_superuser_role\`@\`%\`')
  AND NOT EXISTS (SELECT 1 FROM information_schema.user_privileges AS u
                  WHERE ${mine('u')} AND u.privilege_type = 'SUPER')`,
  {
    fact: `'binary logs are on and log_bin_trust_function_creators is OFF, so the server refuses functions and triggers of this role (1419)'`,
    remedy: `'Set log_bin_trust_function_creators = 1, in the parameter group of the cluster.'`,
  },
);

/** What server and role lack for any change of a table; asked before the ledger is made. */
export const requirementFaults = async (
  database: Database,
  { schema, name }: TableName,
): Promise<readonly Fault[]> => [
  ...(await database.rows(loggedByRow, fault)),
  ...(await rightsFaults(database, [ledger, server, { schema, table: name, rights: toAlter }])),
];

/** What a role lacks for a key that refers to a table, and for one between two copies. */
export const keyFaults = (database: Database, { schema, name }: TableName): Promise<readonly Fault[]> =>
  rightsFaults(database, [
    { schema, table: name, rights: ['REFERENCES', 'SELECT'] },
    { ...ledger, rights: ['REFERENCES'] },
  ]);

/** The same for one whose rows are written, beside triggers. */
export const writingFaults = async (
  database: Database,
  { schema, name }: TableName,
): Promise<readonly Fault[]> => [
  ...(await database.rows(functionsTrusted, fault)),
  ...(await rightsFaults(database, [{ schema, table: name, rights: toWrite }])),
];

/** The same for one whose copy takes its place: rights on a table alone are not on its copy. */
export const copyingFaults = (
  database: Database,
  { schema }: TableName,
  referenced: readonly TableName[],
): Promise<readonly Fault[]> =>
  rightsFaults(database, [
    { schema, table: null, rights: [...toAlter, ...toWrite, 'DELETE', 'DROP'] },
    ...referenced.map((table) => ({ schema: table.schema, table: table.name, rights: ['REFERENCES'] })),
  ]);
