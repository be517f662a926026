import type { Client } from 'pg';

/**
 * What the catalog says of every table, column, index, constraint, statistics object, publication, trigger, rule, policy, function and
 * sequence outside `underpin`.
 */
export async function catalogSnapshot(sql: Client): Promise<readonly string[]> {
  const { rows } = await sql.query<{ line: string }>(`
    SELECT format('column %s.%s %s %s null:%s default:%s%s comment:%s acl:%s', a.attrelid::regclass, a.attname,
             format_type(a.atttypid, a.atttypmod), a.attcollation::regcollation, NOT a.attnotnull,
             pg_get_expr(d.adbin, d.adrelid), CASE WHEN a.attidentity <> '' THEN ' identity:' || a.attidentity::text END,
             col_description(a.attrelid, a.attnum), a.attacl) AS line
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relkind IN ('r', 'v', 'm', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND ${ours('c.relnamespace')}
    UNION ALL
    SELECT format('relation %s kind:%s owner:%s comment:%s acl:%s options:%s', c.oid::regclass, c.relkind, c.relowner::regrole,
             obj_description(c.oid, 'pg_class'), c.relacl, c.reloptions)
    FROM pg_class AS c WHERE c.relkind IN ('r', 'v', 'm', 'p') AND ${ours('c.relnamespace')}
    UNION ALL
    SELECT format('view %s %s', c.oid::regclass, pg_get_viewdef(c.oid))
    FROM pg_class AS c WHERE c.relkind IN ('v', 'm') AND ${ours('c.relnamespace')}
    UNION ALL
    SELECT format('index %s valid:%s clustered:%s comment:%s targets:%s', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered,
             obj_description(i.indexrelid, 'pg_class'),
             (SELECT array_agg(a.attstattarget ORDER BY a.attnum) FROM pg_attribute AS a WHERE a.attrelid = i.indexrelid))
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid WHERE ${ours('c.relnamespace')}
    UNION ALL
    SELECT format('constraint %s %s %s valid:%s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid), k.convalidated)
    FROM pg_constraint AS k WHERE k.conrelid <> 0 AND ${ours('k.connamespace')}
    UNION ALL
    -- What is as it is by itself has no line.
    SELECT format('comment on constraint %s of %s: %s', k.conname, k.conrelid::regclass, obj_description(k.oid, 'pg_constraint'))
    FROM pg_constraint AS k WHERE obj_description(k.oid, 'pg_constraint') IS NOT NULL AND ${ours('k.connamespace')}
    UNION ALL
    SELECT format('storage of %s.%s: %s %s %s %s', a.attrelid::regclass, a.attname, a.attstorage, a.attcompression, a.attstattarget, a.attoptions)
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_type AS t ON t.oid = a.atttypid
    WHERE c.relkind IN ('r', 'm', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND ${ours('c.relnamespace')}
      AND (a.attstorage <> t.typstorage OR a.attcompression <> '' OR nullif(a.attstattarget, -1) IS NOT NULL OR a.attoptions IS NOT NULL)
    UNION ALL
    SELECT format('replica identity of %s: %s %s', c.oid::regclass, c.relreplident,
             (SELECT i.indexrelid::regclass FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisreplident))
    FROM pg_class AS c WHERE c.relkind IN ('r', 'p') AND c.relreplident <> 'd' AND ${ours('c.relnamespace')}
    UNION ALL
    SELECT format('row level security of %s: %s %s', c.oid::regclass, c.relrowsecurity, c.relforcerowsecurity)
    FROM pg_class AS c WHERE (c.relrowsecurity OR c.relforcerowsecurity) AND ${ours('c.relnamespace')}
    UNION ALL
    SELECT format('statistics %s %s of %s(%s) target:%s comment:%s', s.stxname, s.stxkind, s.stxrelid::regclass,
             (SELECT string_agg(a.attname, ', ' ORDER BY a.attname) FROM pg_attribute AS a WHERE a.attrelid = s.stxrelid AND a.attnum = ANY (s.stxkeys)), nullif(s.stxstattarget, -1),
             obj_description(s.oid, 'pg_statistic_ext'))
    FROM pg_statistic_ext AS s
    UNION ALL
    SELECT format('publication %s of %s %s', p.pubname, r.prrelid::regclass, to_jsonb(r) - ARRAY['oid', 'prpubid', 'prrelid', 'prqual'])
    FROM pg_publication_rel AS r JOIN pg_publication AS p ON p.oid = r.prpubid
    UNION ALL
    SELECT format('trigger %s %s comment:%s and:%s', pg_get_triggerdef(t.oid), t.tgenabled, obj_description(t.oid, 'pg_trigger'),
             obj_description(t.tgconstraint, 'pg_constraint'))
    FROM pg_trigger AS t WHERE NOT t.tgisinternal
    UNION ALL
    SELECT format('rule %s %s comment:%s', pg_get_ruledef(r.oid), r.ev_enabled, obj_description(r.oid, 'pg_rewrite'))
    FROM pg_rewrite AS r JOIN pg_class AS c ON c.oid = r.ev_class WHERE r.rulename <> '_RETURN' AND ${ours('c.relnamespace')}
    UNION ALL
    SELECT format('policy %s on %s %s permissive:%s roles:%s using:%s check:%s comment:%s', p.polname, p.polrelid::regclass, p.polcmd, p.polpermissive,
             p.polroles::regrole[], pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid), obj_description(p.oid, 'pg_policy'))
    FROM pg_policy AS p
    UNION ALL
    SELECT format('function %s', p.oid::regprocedure) FROM pg_proc AS p WHERE ${ours('p.pronamespace')}
    UNION ALL
    SELECT format('function of a migration: %s', p.oid::regprocedure) FROM pg_proc AS p
    WHERE p.pronamespace = to_regnamespace('underpin') AND p.proname LIKE '%\\_dual\\_write%'
    UNION ALL
    SELECT format('sequence %s of %s, %s from %s by %s, %s to %s, cache %s cycle %s acl:%s comment:%s', s.oid::regclass,
             pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid), q.seqtypid::regtype, q.seqstart, q.seqincrement,
             q.seqmin, q.seqmax, q.seqcache, q.seqcycle, s.relacl, obj_description(s.oid, 'pg_class'))
    FROM pg_class AS s JOIN pg_sequence AS q ON q.seqrelid = s.oid
    LEFT JOIN pg_depend AS d ON d.objid = s.oid AND d.deptype IN ('a', 'i')
    WHERE s.relkind = 'S' AND ${ours('s.relnamespace')}
    ORDER BY 1`);
  return rows.map(({ line }) => line);
}

const ours = (namespace: string): string =>
  `${namespace}::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'underpin')`;
