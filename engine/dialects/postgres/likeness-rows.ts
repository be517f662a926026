// Parts of underpin.likeness(): they speak of its variables (source, copy, attribute, twins, objects).

// A function that calls itself immutable is evaluated by the planner, and its words may hold what it has read.
export const oursAlone = `(SELECT count(*) FROM regexp_matches(raised_in, '^(PL/[[:alnum:]_]+|SQL) function ', 'gn')) = 1`;

/**
 * How a function ends that tries something, in an error: SQL errors as they are; of what is evaluated, which may have read somebody's
 * rows, only the SQLSTATE. It has a variable `raised_in`.
 */
export const tellingNoValue = (isRead = oursAlone): string => `EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS raised_in = PG_EXCEPTION_CONTEXT;
  IF ${isRead} THEN
    RAISE;
  END IF;
  RAISE EXCEPTION 'a value that it computes is refused' USING ERRCODE = SQLSTATE;`;

/** Which index and statistics object of the copy is which of the table's. */
export const twinsOfCopy = `  -- Which index of the copy is which of the table's: as long as the columns have their names, the definitions tell.
  WITH known AS (
    SELECT i.indexrelid, i.indrelid = source AS theirs, row_number() OVER same AS nth,
           concat_ws('|', i.indisunique, i.indisexclusion, i.indisprimary,
                     substr(d.definition, strpos(d.definition, ' USING '))) AS reads
    FROM pg_index AS i
    CROSS JOIN LATERAL (SELECT pg_get_indexdef(i.indexrelid) AS definition) AS d
    WHERE i.indrelid = copy::regclass OR (i.indrelid = source AND i.indislive)
    WINDOW same AS (PARTITION BY i.indrelid, i.indisunique, i.indisexclusion, i.indisprimary,
                    substr(d.definition, strpos(d.definition, ' USING ')) ORDER BY i.indexrelid)
  )
  -- By name: a retyped column's indexes are made anew, under the same names.
  SELECT jsonb_object_agg((SELECT relname FROM pg_class WHERE oid = ours.indexrelid), them.indexrelid::text) INTO twins
  FROM known AS ours JOIN known AS them ON them.reads = ours.reads AND them.nth = ours.nth AND them.theirs
  WHERE NOT ours.theirs;
  WITH known AS (
    SELECT x.oid, x.stxname, x.stxrelid = source AS theirs, d.reads, row_number() OVER same AS nth
    FROM pg_statistic_ext AS x
    CROSS JOIN LATERAL (SELECT x.stxkind::text || pg_get_statisticsobjdef_columns(x.oid) AS reads) AS d
    WHERE x.stxrelid IN (copy::regclass, source)
    WINDOW same AS (PARTITION BY x.stxrelid, d.reads ORDER BY x.oid)
  )
  SELECT jsonb_object_agg(ours.stxname, them.oid::text) INTO objects
  FROM known AS ours JOIN known AS them ON them.reads = ours.reads AND them.nth = ours.nth AND them.theirs
  WHERE NOT ours.theirs;`;

/** INVALID indexes over the column are named and go; one that the copy does not have must not be lost in silence. */
export const invalidIndexes = `  FOR part IN
    SELECT i.relname AS theirs, c.relname AS ours
    FROM pg_index AS o JOIN pg_class AS i ON i.oid = o.indexrelid
    LEFT JOIN jsonb_each_text(twins) AS t (ours, theirs) ON t.theirs::oid = o.indexrelid
    LEFT JOIN pg_class AS c ON c.relname = t.ours AND c.relnamespace = 'underpin'::regnamespace
    WHERE o.indrelid = source AND o.indislive AND (NOT o.indisvalid OR t.ours IS NULL)
      AND EXISTS (SELECT FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = source AND a.attnum = d.refobjsubid
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = o.indexrelid AND d.refobjid = source AND a.attname = from_column)
  LOOP
    IF part.ours IS NULL THEN
      RAISE EXCEPTION 'index % is not among those of an empty copy of the table', part.theirs USING ERRCODE = '42704';
    END IF;
    RETURN NEXT json_build_object('kind', 'left behind', 'what', 'index', 'name', part.theirs, 'unique', false,
      'why', 'invalid', 'says', NULL, 'definition', NULL)::text;
    EXECUTE format('DROP INDEX underpin.%I', part.ours);
  END LOOP;`;

/** Every check, index and statistics object of the copy over the column: how it reads, how it is made and removed. */
export const hangingOn = `        SELECT 'check' AS kind, k.conname AS name, k.conname AS theirs, false AS is_unique, k.conbin::text AS nodes,
               pg_get_constraintdef(k.oid) AS definition,
               'ALTER TABLE %1$s ADD CONSTRAINT %2$I ' AS make, 'ALTER TABLE %1$s DROP CONSTRAINT %2$I' AS remove
        FROM pg_constraint AS k
        WHERE k.conrelid = copy::regclass AND k.contype = 'c' AND attribute = ANY (k.conkey)
        UNION ALL
        SELECT 'index', n.relname, (SELECT relname FROM pg_class WHERE oid = (twins ->> n.relname)::oid), o.indisunique,
               concat(o.indexprs::text, o.indpred::text),
               substr(pg_get_indexdef(o.indexrelid), strpos(pg_get_indexdef(o.indexrelid), format(' ON %s ', copy)) + length(format(' ON %s ', copy))),
               format('CREATE %sINDEX %%2$I ON %%1$s ', CASE WHEN o.indisunique THEN 'UNIQUE ' END),
               CASE WHEN k.oid IS NULL THEN 'DROP INDEX underpin.%2$I' ELSE 'ALTER TABLE %1$s DROP CONSTRAINT %2$I' END
        FROM pg_index AS o JOIN pg_class AS n ON n.oid = o.indexrelid
        LEFT JOIN pg_constraint AS k ON k.conindid = o.indexrelid AND k.contype IN ('p', 'u')
        WHERE o.indrelid = copy::regclass AND (attribute = ANY (o.indkey)
           OR EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = o.indexrelid
                      AND d.refobjid = copy::regclass AND d.refobjsubid = attribute))
        UNION ALL
        SELECT 'statistics', x.stxname, (SELECT stxname FROM pg_statistic_ext WHERE oid = (objects ->> x.stxname)::oid), false, NULL,
               regexp_replace(substr(pg_get_statisticsobjdef(x.oid), length(format('CREATE STATISTICS underpin.%I ', x.stxname)) + 1),
                 ' FROM \\S+$', ''),
               'CREATE STATISTICS underpin.%2$I ', 'DROP STATISTICS underpin.%2$I'
        FROM pg_statistic_ext AS x
        WHERE x.stxrelid = copy::regclass
          AND (attribute = ANY (x.stxkeys) OR x.stxexprs::text ~ format(':varattno %s ', attribute))`;

// A tablespace is not printed; it stands before the predicate.
const definition = `left(d.definition, length(d.definition) - length(d.predicate))
        || coalesce(' TABLESPACE ' || quote_ident((SELECT spcname FROM pg_tablespace WHERE oid = s.reltablespace)), '') || d.predicate`;
const ofIndexes = `    FROM pg_index AS o
    JOIN pg_class AS n ON n.oid = o.indexrelid
    CROSS JOIN LATERAL (
      SELECT substr(pg_get_indexdef(o.indexrelid), length(format('CREATE %sINDEX %I ON %s ',
               CASE WHEN o.indisunique THEN 'UNIQUE ' ELSE '' END, n.relname, copy)) + 1) AS definition,
             coalesce(' WHERE ' || pg_get_expr(o.indpred, o.indrelid), '') AS predicate
    ) AS d
    JOIN pg_class AS s ON s.oid = (twins ->> n.relname)::oid
    JOIN pg_index AS i ON i.indexrelid = s.oid
`;
const overColumn = `    WHERE o.indrelid = copy::regclass AND (attribute IS NULL OR attribute = ANY (o.indkey)
       OR EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = o.indexrelid
                  AND d.refobjid = copy::regclass AND d.refobjsubid = attribute))
`;

/** What the new column inherits, as the catalog prints it of the copy. */
export const inheritedRows = `  RETURN QUERY
    SELECT json_build_object('kind', 'index', 'name', s.relname, 'unique', o.indisunique,
      -- A constraint is over columns alone; of anything else only the index is taken over.
      'primary', i.indisprimary,
      'constraint', coalesce(k.contype <> 'p', false) AND o.indexprs IS NULL AND o.indpred IS NULL,
      'deferrable', coalesce(k.condeferrable, false), 'deferred', coalesce(k.condeferred, false),
      'definition', ${definition},
      'identity', i.indisreplident OR (i.indisprimary AND t.relreplident = 'd'),
      'byDefault', i.indisprimary AND t.relreplident = 'd', 'clustered', i.indisclustered, 'comment', obj_description(s.oid, 'pg_class'),
      'constraintComment', obj_description(k.oid, 'pg_constraint'),
      'targets', (SELECT coalesce(json_agg(json_build_object('column', a.attnum, 'target', a.attstattarget) ORDER BY a.attnum), '[]')
                  FROM pg_attribute AS a WHERE a.attrelid = s.oid AND a.attstattarget >= 0),
      'keys', (SELECT json_agg(pg_get_indexdef(o.indexrelid, n, false) ORDER BY n) FROM generate_series(1, o.indnkeyatts) AS n),
      'predicate', pg_get_expr(o.indpred, o.indrelid),
      'nullsDistinct', coalesce(to_jsonb(o) ->> 'indnullsnotdistinct', 'false') = 'false')::text
${ofIndexes}    LEFT JOIN pg_constraint AS k ON k.conindid = s.oid AND k.conrelid = source AND k.contype IN ('p', 'u', 'x')
    JOIN pg_class AS t ON t.oid = source
${overColumn}    ORDER BY s.oid;
  RETURN QUERY
    SELECT json_build_object('kind', 'statistics', 'name', s.stxname, 'definition',
      regexp_replace(substr(pg_get_statisticsobjdef(x.oid), length(format('CREATE STATISTICS underpin.%I ', x.stxname)) + 1), ' FROM \\S+$', ''),
      'target', nullif(s.stxstattarget, -1), 'comment', obj_description(s.oid, 'pg_statistic_ext'))::text
    FROM pg_statistic_ext AS x
    JOIN pg_statistic_ext AS s ON s.oid = (objects ->> x.stxname)::oid
    WHERE x.stxrelid = copy::regclass
      AND (attribute = ANY (x.stxkeys) OR x.stxexprs::text ~ format(':varattno %s ', attribute))
    ORDER BY s.oid;
  RETURN QUERY
    SELECT json_build_object('kind', 'check', 'name', k.conname, 'definition', pg_get_constraintdef(k.oid),
      'comment', (SELECT obj_description(t.oid, 'pg_constraint') FROM pg_constraint AS t WHERE t.conrelid = source AND t.conname = k.conname),
      'valid', (SELECT t.convalidated FROM pg_constraint AS t WHERE t.conrelid = source AND t.conname = k.conname))::text
    FROM pg_constraint AS k
    WHERE k.conrelid = copy::regclass AND k.contype = 'c' AND (attribute IS NULL OR attribute = ANY (k.conkey))
    ORDER BY k.conname;`;

/** How its indexes read once the column bears the name that it is to keep. */
export const definitionsOnceCalled = `    RETURN QUERY
    SELECT json_build_object('kind', 'index once called', 'name', s.relname, 'definition', ${definition})::text
${ofIndexes}${overColumn}    ORDER BY s.oid;`;
