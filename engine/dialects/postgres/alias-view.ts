import type { Grant } from '../../plan/expected.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { Aliases, AliasView } from '../alias-view.ts';
import { carriedOver } from './dependents/made-on-view.ts';
import { readersFirst } from './dependents/readers-first.ts';
import { lateState } from './errors.ts';
import { dollarQuoted, grantedTo, identifier, literal, qualifiedName, regclass, shortName } from './quote.ts';

const right = ({ grantee, privilege, grantable }: Grant, on = ''): string =>
  `${privilege}${on} to ${grantee ?? 'PUBLIC'}${grantable ? ', grantable' : ''}`;

/**
 * Under the lock: what has come to the table since the plan, a column or a right, the view would not have, and whoever uses it would
 * fail by the table's name. What the plan would have refused is refused here too.
 */
function asPlanned({ view, base, columns, owner, grants, columnGrants }: AliasView): string {
  const names = columns.map(({ of }) => of);
  const planned = new Set([
    `owner ${owner}`,
    ...names.map((name) => `column ${name}`),
    ...grants.map((grant) => right(grant)),
    // A column may have two names in the view.
    ...columnGrants.map((grant) =>
      right(grant, ` (${columns.find(({ name }) => name === grant.column)?.of ?? ''})`),
    ),
  ]);
  const of = regclass(base);
  const reads = `CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee) END || CASE WHEN g.is_grantable THEN ', grantable' ELSE '' END`;
  const body = `DECLARE
  unlike text;
BEGIN
  WITH planned (what) AS (
    VALUES ${[...planned].map((what) => `(${literal(what)})`).join(', ')}
  ), found (what) AS (
    SELECT 'owner ' || pg_get_userbyid(relowner) FROM pg_class WHERE oid = ${of}
    UNION
    SELECT 'column ' || attname FROM pg_attribute WHERE attrelid = ${of} AND attnum > 0 AND NOT attisdropped
    UNION
    SELECT g.privilege_type || ' to ' || ${reads}
    FROM pg_class CROSS JOIN LATERAL aclexplode(relacl) AS g
    WHERE oid = ${of} AND g.grantee <> relowner AND g.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    UNION
    SELECT g.privilege_type || ' (' || attname || ') to ' || ${reads}
    FROM pg_attribute CROSS JOIN LATERAL aclexplode(attacl) AS g
    WHERE attrelid = ${of} AND NOT attisdropped AND g.privilege_type <> 'REFERENCES'
    UNION
    SELECT 'rule ' || rulename FROM pg_rewrite WHERE ev_class = ${of}
    UNION
    SELECT 'subscription ' || subname FROM pg_subscription_rel JOIN pg_subscription AS s ON s.oid = srsubid WHERE srrelid = ${of}
    UNION
${publishing(view, base)}
  )
  SELECT string_agg(what || CASE WHEN is_new THEN ' is new' ELSE ' is gone' END, '; ' ORDER BY what)
  INTO unlike
  FROM (
    SELECT what, true AS is_new FROM (SELECT what FROM found EXCEPT SELECT what FROM planned) AS more
    UNION ALL
    SELECT what, false FROM (SELECT what FROM planned EXCEPT SELECT what FROM found) AS less
  ) AS odd;
  IF unlike IS NOT NULL THEN
    RAISE EXCEPTION '% is not as it was planned: %', ${literal(view.name)}, unlike
      USING ERRCODE = '${lateState}';
  END IF;
END`;
  return `DO ${dollarQuoted(body, 'planned')}`;
}

/**
 * A view that PostgreSQL updates by itself. With the invoker's rights: grants, row policies and current_user are those of
 * whoever asks, as on the table.
 */
function create(alias: AliasView): readonly string[] {
  const { view, base, columns, owner, comment, grants, columnGrants } = alias;
  const name = qualifiedName(view);
  const list = columns.map(({ name: as, of }) =>
    as === of ? identifier(of) : `${identifier(of)} AS ${identifier(as)}`,
  );
  return [
    asPlanned(alias),
    `CREATE VIEW ${name} WITH (security_invoker = true) AS\n  SELECT ${list.join(', ')}\n  FROM ${qualifiedName(base)}`,
    `ALTER VIEW ${name} OWNER TO ${identifier(owner)}`,
    ...grants.map((grant) => `GRANT ${grant.privilege} ON ${name} ${grantedTo(grant)}`),
    ...columnGrants.map(
      (grant) => `GRANT ${grant.privilege} (${identifier(grant.column)}) ON ${name} ${grantedTo(grant)}`,
    ),
    ...(comment === null ? [] : [`COMMENT ON VIEW ${name} IS ${literal(comment)}`]),
  ];
}

/** The first version whose MERGE writes through a view. */
export const mergesViewsSince = 170_000;

function cautions(
  { schema, name }: TableName,
  { version, moreColumns, base, partitioned, triggers }: Parameters<Aliases['cautions']>[1],
): readonly string[] {
  const table = `${schema}.${name}`;
  return [
    `while ${table} is a view, these fail by that name: COPY in either direction, TRUNCATE, CREATE INDEX, ALTER TABLE, CLUSTER, REINDEX, ` +
      'a new trigger or foreign key to it, COMMENT ON TABLE, ON CONFLICT ON CONSTRAINT, ctid, xmin and tableoid, WHERE CURRENT OF, TABLESAMPLE, ' +
      `a GROUP BY that names the primary key and leaves other columns out${version < mergesViewsSince ? ', MERGE' : ''}`,
    `tools that ask the catalog for the table ${table} find a view: ORMs that read its primary key or sequence at their start, pg_get_serial_sequence, ` +
      'schema comparisons, dumps of that table alone. VACUUM and ANALYZE of that name do nothing',
    ...(moreColumns ? [preparedCaution(table)] : []),
    ...(triggers.length === 0
      ? []
      : [
          `${triggers.join(', ')}: while a view has the name, ${base.schema === schema ? `TG_TABLE_NAME says ${base.name}` : `TG_TABLE_SCHEMA says ${base.schema}`}`,
        ]),
    ...(partitioned
      ? [
          `no partition is made, attached or detached by the name ${table} while it is a view, neither by hand nor by a job such as pg_partman's: make enough of them before the start`,
        ]
      : []),
    `a view or a function with a parsed body (BEGIN ATOMIC) that is made on ${table} while it is a view is carried over to the table in the end, and by a rollback; ` +
      'what cannot be carried over (a materialized view, a policy, a use of its row type, what belongs to another role), or would go with the view (a rule, a trigger or a default of its own), shuts the gates and stops a rollback until it is dropped',
    `what is granted on ${table} while it is a view is lost with the view: grant before the start, or after the contract`,
  ];
}

/** Subscribers know a table by its name, or by its schema: of one that it has left they would be sent no row more. */
const publishing = (view: TableName, base: TableName): string =>
  `    SELECT 'publication ' || pubname FROM pg_publication_tables WHERE ${isCalled(base)}${
    view.schema === base.schema
      ? ''
      : `
    UNION
    SELECT 'publication ' || p.pubname
    FROM pg_publication_namespace AS n JOIN pg_publication AS p ON p.oid = n.pnpubid
    WHERE n.pnnspid = to_regnamespace(${literal(identifier(view.schema))})`
  }`;

const isCalled = ({ schema, name }: TableName): string =>
  `schemaname = ${literal(schema)} AND tablename = ${literal(name)}`;

const preparedCaution = (table: string): string =>
  `a prepared SELECT * or RETURNING * over ${table} fails whenever the columns of that name change: from expand, from the quarantine and from the contract on ` +
  '(0A000, cached plan must not change result type), until it is prepared again. Name its columns before the start';

export const leavingName = (table: string): string => shortName(`underpin_leaving_${table}`);

const rename = (view: TableName, to: string): string =>
  `ALTER VIEW ${qualifiedName(view)}\n  RENAME TO ${identifier(to)}`;

export const aliases: Aliases = {
  baseName: (table) => shortName(`underpin_base_${table}`),
  create,
  leavingName,
  takeAway: (view, { naming, to, columns }) => {
    const isInItsWay = to.schema === view.schema && to.name === view.name;
    const aside = isInItsWay ? { ...view, name: leavingName(view.name) } : view;
    return [
      readersFirst(view),
      ...(isInItsWay ? [rename(view, aside.name)] : []),
      ...naming,
      carriedOver(aside, to, columns),
      `DROP VIEW ${qualifiedName(aside)}`,
    ];
  },
  renameColumn: (view, from, to) =>
    `ALTER VIEW ${qualifiedName(view)}\n  RENAME COLUMN ${identifier(from)} TO ${identifier(to)}`,
  rename,
  cautions,
  nameFault: () => undefined,
  keptNames: 'indexes, constraints and sequences',
  // One lock, one commit.
  inPlace: null,
  since: { number: 150_000, name: 'PostgreSQL 15' },
};
