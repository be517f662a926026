import type { IdentitySequence } from '../../catalog/identity.ts';
import type { ColumnPlace } from '../definitions.ts';
import { alterTable, dollarQuoted, grantedTo, identifier, literal, qualifiedName } from './quote.ts';

/** The sequence behind the identity of an attribute, as JSON; NULL where there is none. */
export const identityOf = (attribute: string): string => `(SELECT json_build_object(
                  'always', ${attribute}.attidentity = 'a',
                  'name', json_build_object('schema', sn.nspname, 'name', s.relname),
                  'start', q.seqstart::text, 'increment', q.seqincrement::text, 'min', q.seqmin::text, 'max', q.seqmax::text,
                  'cache', q.seqcache::text, 'cycle', q.seqcycle, 'comment', obj_description(s.oid, 'pg_class'),
                  'grants', (SELECT coalesce(json_agg(json_build_object(
                               'grantee', CASE WHEN g.grantee = 0 THEN NULL ELSE pg_get_userbyid(g.grantee) END,
                               'privilege', g.privilege_type, 'grantable', g.is_grantable)), '[]')
                             FROM aclexplode(s.relacl) AS g WHERE g.grantee <> s.relowner),
                  'usedBy', (SELECT coalesce(json_agg(DISTINCT pg_describe_object(u.classid, u.objid, u.objsubid)), '[]')
                             FROM pg_depend AS u WHERE u.refclassid = 'pg_class'::regclass AND u.refobjid = s.oid AND u.deptype <> 'i'))
                FROM pg_depend AS i
                JOIN pg_class AS s ON s.oid = i.objid AND s.relkind = 'S'
                JOIN pg_namespace AS sn ON sn.oid = s.relnamespace
                JOIN pg_sequence AS q ON q.seqrelid = s.oid
                WHERE i.classid = 'pg_class'::regclass AND i.refclassid = 'pg_class'::regclass AND i.deptype = 'i'
                  AND i.refobjid = ${attribute}.attrelid AND i.refobjsubid = ${attribute}.attnum)`;

/**
 * An identity cannot be given away: it is made anew under its name, and counts on from where it was. The first statement
 * sets what is set already, for its lock: nobody may draw a number between the look at the counter and the end of it.
 */
export function moveIdentity(sequence: IdentitySequence, from: ColumnPlace, to: ColumnPlace): string {
  const name = qualifiedName(sequence.name);
  const options = [
    `SEQUENCE NAME ${name} START WITH ${sequence.start} INCREMENT BY ${sequence.increment}`,
    `MINVALUE ${sequence.min} MAXVALUE ${sequence.max} CACHE ${sequence.cache} ${sequence.cycle ? '' : 'NO '}CYCLE`,
  ].join(' ');
  const kept = [
    ...sequence.grants.map((grant) => `GRANT ${grant.privilege} ON SEQUENCE ${name} ${grantedTo(grant)};`),
    ...(sequence.comment === null ? [] : [`COMMENT ON SEQUENCE ${name} IS ${literal(sequence.comment)};`]),
  ];
  const body = `DECLARE
  counted bigint;
  called boolean;
BEGIN
  ALTER SEQUENCE ${name} INCREMENT BY ${sequence.increment};
  counted := (SELECT last_value FROM ${name});
  called := (SELECT is_called FROM ${name});
  ALTER TABLE ${qualifiedName(from.table)} ALTER COLUMN ${identifier(from.column)} DROP IDENTITY;
  ALTER TABLE ${qualifiedName(to.table)} ALTER COLUMN ${identifier(to.column)} ADD GENERATED ${sequence.always ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY (${options});
${kept.map((statement) => `  ${statement}\n`).join('')}  PERFORM setval(${literal(name)}, counted, called);
END`;
  return `DO ${dollarQuoted(body, 'identity')}`;
}

/** How far the sequence of an identity counts. */
export const limitIdentity = (
  { table, column }: ColumnPlace,
  { min, max }: Pick<IdentitySequence, 'min' | 'max'>,
): string => alterTable(table, `ALTER COLUMN ${identifier(column)} SET MINVALUE ${min} SET MAXVALUE ${max}`);
