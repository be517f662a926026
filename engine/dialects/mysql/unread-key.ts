import { brief } from '../../plan/brief.ts';
import { emptyPhase, type Brief, type Online } from '../../plan/plan.ts';
import { oneWalk } from '../../plan/walk.ts';
import type { UnreadKey, UnreadKeyPlan } from '../rules-sql.ts';
import { createFunction, dropFunction } from './computed.ts';
import { computedRepair } from './filled.ts';
import { identifier, literal } from './quote.ts';
import { rungs } from './ladder-procedure.ts';
import { addKey, withoutKeyChecks } from './key-statements.ts';
import { besideTraffic, noteUnit } from './settled.ts';
import { walkOfRepair, walkOfRule } from './walk-target.ts';

/**
 * MySQL adds a foreign key beside the traffic without a look at the rows that are there, and only while the session checks
 * none. New rows are checked from then on; the others are repaired, if the author says how, and compared by a walk behind
 * it. The walk comes last: a row that was written in between is found by it.
 */
export function unreadKey(plan: UnreadKey): UnreadKeyPlan {
  const { table, name, key, rule, walkedBy, repair } = plan;
  const computed = repair === null ? [] : [computedRepair(repair)];
  const end = computed.map((each) => dropFunction(each));
  const parent = `${key.references.table.schema}.${key.references.table.name}`;
  return {
    phases: {
      expand: {
        run: [noteUnit(`that ${name} comes`), ...computed.map((each) => createFunction(each)), added(plan)],
        undo: [dropped(plan), ...end],
      },
      ...(repair === null ? {} : { backfill: emptyPhase }),
      verify: { run: repair === null ? [] : [noteUnit('that every row is repaired'), ...end], undo: [] },
    },
    walks:
      repair === null
        ? [{ ...walkOfRule(table, walkedBy, rule.violated), purposes: ['verify'] }]
        : oneWalk(walkOfRepair(walkedBy, repair)),
    warnings: [
      `add ${name}: ${rungs[1]}, with foreign_key_checks = 0 in its own session; MySQL reads no row then, and every row is compared in verify. Whoever switches foreign_key_checks off can still write what refers to nothing`,
      `${parent} is locked too, for milliseconds: when ${name} comes, and when a rollback drops it. It waits for whoever has used either table in a transaction that is open, no longer than the lock timeout, and who comes behind it waits as long`,
    ],
  };
}

const added = ({ table, name, rule }: UnreadKey): Brief =>
  brief(`add ${name}`, 'metadata', withoutKeyChecks([addKey(table, name, rule.definition)]));

/** Only one that is as ours: somebody else's of that name stays. */
function dropped({ migration, table, name, key }: UnreadKey): Online {
  const { table: parent, columns } = key.references;
  const ours = [
    `k.table_schema = ${literal(table.schema)} AND k.table_name = ${literal(table.name)} AND k.constraint_name = ${literal(name)}`,
    `k.referenced_table_schema = ${literal(parent.schema)} AND k.referenced_table_name = ${literal(parent.name)}`,
    `(k.column_name, k.referenced_column_name) IN (${key.columns.map((column, at) => `(${literal(column)}, ${literal(columns[at] ?? column)})`).join(', ')})`,
  ].join('\n      AND ');
  return besideTraffic(migration, table, {
    does: `drop ${name}`,
    action: `DROP FOREIGN KEY ${identifier(name)}`,
    scans: 0,
    doneWhen: `NOT EXISTS (\n    SELECT 1 FROM information_schema.key_column_usage AS k\n    WHERE ${ours})`,
  });
}
