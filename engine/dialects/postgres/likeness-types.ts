// Parts of underpin.likeness() about types: they speak of its variables (source, copy, part).

/** A column's type without the domains over it, and whether one of those is NOT NULL. */
export const typesBelow = (table: string, column: string): string => `  WITH RECURSIVE chain AS (
    SELECT a.atttypid AS type, a.atttypmod AS modifier FROM pg_attribute AS a WHERE a.attrelid = ${table} AND a.attname = ${column}
    UNION ALL
    SELECT t.typbasetype, t.typtypmod FROM chain AS c JOIN pg_type AS t ON t.oid = c.type WHERE t.typtype = 'd'
  )
  SELECT max(format_type(c.type, c.modifier)) FILTER (WHERE t.typtype <> 'd'), coalesce(bool_or(t.typnotnull), false)
    FROM chain AS c JOIN pg_type AS t ON t.oid = c.type`;

/** What the domains of a type ask of every value. */
export const domainRules = (type: string): string => `(
        WITH RECURSIVE chain AS (
          SELECT ${type} AS type
          UNION ALL
          SELECT y.typbasetype FROM chain AS c JOIN pg_type AS y ON y.oid = c.type WHERE y.typtype = 'd'
        )
        SELECT coalesce(json_agg(r.says ORDER BY r.says), '[]')
        FROM (
          SELECT format('NOT NULL of the domain %s', y.oid::regtype) AS says
          FROM chain AS c JOIN pg_type AS y ON y.oid = c.type WHERE y.typtype = 'd' AND y.typnotnull
          UNION ALL
          SELECT format('constraint %I of the domain %s, %s', k.conname, k.contypid::regtype, pg_get_constraintdef(k.oid))
          FROM chain AS c JOIN pg_constraint AS k ON k.contypid = c.type WHERE k.contype = 'c'
        ) AS r)`;

/**
 * Foreign keys of either direction that cannot be on the new type: known now, not after the backfill. Asked of stand-ins, so
 * that the other table is not locked.
 */
export const comparedKeys = `    FOR part IN
      SELECT k.conname AS name, format_type(r.atttypid, r.atttypmod) AS key_type, new_type AS own_type,
             format('it refers to %s.%s.%s, which is %s', n.nspname, c.relname, r.attname, format_type(r.atttypid, r.atttypmod)) AS says
      FROM pg_constraint AS k
      JOIN pg_class AS c ON c.oid = k.confrelid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS u (ours, theirs)
      JOIN pg_attribute AS f ON f.attrelid = source AND f.attname = from_column AND f.attnum = u.ours
      JOIN pg_attribute AS r ON r.attrelid = k.confrelid AND r.attnum = u.theirs
      WHERE k.conrelid = source AND k.contype = 'f'
      UNION ALL
      SELECT format('%s of %s.%s', k.conname, n.nspname, c.relname), new_type, format_type(a.atttypid, a.atttypmod),
             format('%s.%s.%s refers to it and is %s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod))
      FROM pg_constraint AS k
      JOIN pg_class AS c ON c.oid = k.conrelid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS u (theirs, ours)
      JOIN pg_attribute AS f ON f.attrelid = source AND f.attname = from_column AND f.attnum = u.ours
      JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.theirs
      WHERE k.confrelid = source AND k.contype = 'f' AND k.conparentid = 0
    LOOP
      BEGIN
        EXECUTE format('CREATE TABLE %s_key (key %s PRIMARY KEY, refers %s)', copy, part.key_type, part.own_type);
        EXECUTE format('ALTER TABLE %1$s_key ADD FOREIGN KEY (refers) REFERENCES %1$s_key', copy);
        EXECUTE format('DROP TABLE %s_key', copy);
      -- The last: a type that no key can have.
      EXCEPTION WHEN datatype_mismatch OR undefined_function OR undefined_object THEN
        RETURN NEXT json_build_object('kind', 'left behind', 'what', 'foreign key', 'name', part.name, 'unique', false,
          'why', 'refused', 'says', part.says, 'definition', NULL)::text;
      END;
    END LOOP;`;
