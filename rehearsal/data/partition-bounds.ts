import type pg from 'pg';
import type { Hint, Hints, Stretch } from './check-hints.ts';

/** What a partitioned table, or a partition, takes. */
export interface Partitioning {
  /** True of the rows that some partition takes, where not all are. */
  readonly check: TakenRows | undefined;
  /** Which values the columns have that rows are partitioned by; none where any will do. */
  readonly hints: Hints;
}

interface TakenRows {
  readonly name: string;
  readonly columns: readonly string[];
  readonly expression: string;
}

interface PartitionRow {
  readonly parent: number;
  /** Of the parent's key; null for an expression. */
  readonly columns: readonly (string | null)[];
  readonly strategy: string;
  readonly bound: string;
}

// Of a partition itself, all that is above it decides too.
const partitionsQuery = `
  SELECT i.inhparent::int8::float8 AS parent, k.partstrat::text AS strategy, pg_get_expr(c.relpartbound, c.oid) AS bound,
         ARRAY(SELECT (SELECT attname::text FROM pg_attribute WHERE attrelid = k.partrelid AND attnum = u.number)
                 FROM unnest(k.partattrs::int2[]) WITH ORDINALITY AS u (number, place) ORDER BY place) AS columns
    FROM (SELECT relid FROM pg_partition_tree($1::oid::regclass) WHERE level > 0
           UNION SELECT relid FROM pg_partition_ancestors($1::oid::regclass)) AS r
    JOIN pg_class c ON c.oid = r.relid AND c.relispartition
    JOIN pg_inherits i ON i.inhrelid = c.oid
    JOIN pg_partitioned_table k ON k.partrelid = i.inhparent
   ORDER BY c.oid`;

const constraintsQuery = `
  SELECT pg_get_partition_constraintdef(relid) AS taken FROM pg_partition_tree($1::oid::regclass) WHERE isleaf`;

/** Reads from the catalog which rows the partitions of a table take. */
export async function readPartitioning(client: pg.ClientBase, id: number): Promise<Partitioning> {
  const { rows } = await client.query<PartitionRow>(partitionsQuery, [id]);
  const hints = hintsOfBounds(rows);
  if (hints.size === 0) return { check: undefined, hints };
  const leaves = await client.query<{ taken: string | null }>(constraintsQuery, [id]);
  const taken = leaves.rows.map((leaf) => leaf.taken);
  if (taken.length === 0 || taken.includes(null)) return { check: undefined, hints };
  const expression = taken.map((each) => `(${each})`).join(' OR ');
  return { check: { name: 'its partitions', columns: [...hints.keys()], expression }, hints };
}

/** Of each table whose partitions are listed or stretches, what its columns may be. Where one takes the rest, any value will do. */
function hintsOfBounds(partitions: readonly PartitionRow[]): Hints {
  const hints = new Map<string, Hint>();
  for (const parent of new Set(partitions.map((each) => each.parent))) {
    const of = partitions.filter((each) => each.parent === parent);
    const [first] = of;
    if (first === undefined || of.some(({ bound }) => bound === 'DEFAULT')) continue;
    // Behind the first column of several, a stretch says something of single values of those before it.
    const [column = null] = first.columns;
    const hint = first.strategy === 'l' ? listed(of) : first.strategy === 'r' ? stretched(of) : undefined;
    if (column !== null && hint !== undefined) hints.set(column, { ...hints.get(column), ...hint });
  }
  return hints;
}

function listed(of: readonly PartitionRow[]): Hint | undefined {
  const values = of.flatMap(({ bound }) => constants(bound)[0] ?? []).filter((value) => value !== null);
  return values.length === 0 ? undefined : { values: [...new Set(values)] };
}

function stretched(of: readonly PartitionRow[]): Hint | undefined {
  const stretches = of.flatMap(({ bound }): Stretch[] => {
    const [from, to] = constants(bound).map(([first]) => first ?? null);
    // Of several columns, the stretch may end within the same value of the first.
    return from === undefined || to === undefined || (from === null && to === null) ? [] : [{ from, to }];
  });
  return stretches.length === 0 ? undefined : { stretches };
}

const endless = new Set(['NULL', 'MINVALUE', 'MAXVALUE', "'infinity'", "'-infinity'"]);

/** The lists of constants in `FOR VALUES FROM ('2023-01-01') TO (MAXVALUE)` or `FOR VALUES IN ('a', NULL)`. */
function constants(bound: string): readonly (readonly (string | null)[])[] {
  const lists = bound.match(/\((?:'(?:[^']|'')*'|[^()'])*\)/gu) ?? [];
  return lists.map((list) =>
    (list.slice(1, -1).match(/'(?:[^']|'')*'|[^\s,]+/gu) ?? []).map((constant) => {
      if (endless.has(constant)) return null;
      return constant.startsWith("'") ? constant.slice(1, -1).replaceAll("''", "'") : constant;
    }),
  );
}
