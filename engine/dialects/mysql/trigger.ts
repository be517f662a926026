import type { Online } from '../../plan/plan.ts';
import type { TableName } from '../../spec/table-name.ts';
import { hasTrigger, inHeldSession } from './held-session.ts';
import { identifier, qualifiedName, shortName } from './quote.ts';

export const events = ['INSERT', 'UPDATE'] as const;
export type Event = (typeof events)[number];

/**
 * What a trigger is for. `wins`: where one statement sets both sides and they disagree, the new one has it. `refused`: notes
 * a row whose data refuses a conversion, once its key is known. `agrees`: refuses what would make both sides differ. `keeps`: refuses what breaks a rule.
 */
export type Part = 'writes' | 'wins' | 'refused' | 'agrees' | 'fills' | 'keeps';

interface Owner {
  readonly migration: string;
  readonly table: TableName;
}

export const triggerName = ({ migration }: Pick<Owner, 'migration'>, part: Part, event: Event): string =>
  shortName(`underpin_${migration}_${part}_${event.toLowerCase()}`);

export interface Trigger {
  readonly part: Part;
  readonly event: Event;
  readonly does: string;
  readonly lines: readonly string[];
  /** Left out: BEFORE, behind all others. */
  readonly when?: 'AFTER' | { readonly precedes: Part };
}

export function createTrigger(owner: Owner, { part, event, does, lines, when }: Trigger): Online {
  const name = triggerName(owner, part, event);
  const body = ['BEGIN', ...lines.map((line) => `  ${line}`), 'END'].join('\n');
  const order =
    typeof when === 'object' ? ` PRECEDES ${identifier(triggerName(owner, when.precedes, event))}` : '';
  return inHeldSession({
    does: `${does}, on ${event}`,
    statement: `CREATE TRIGGER ${qualifiedName({ schema: owner.table.schema, name })}\n  ${when === 'AFTER' ? when : 'BEFORE'} ${event} ON ${qualifiedName(owner.table)}\n  FOR EACH ROW${order}\n${body}`,
    doneWhen: hasTrigger(owner.table, name),
  });
}

export function dropTrigger(owner: Owner, part: Part, event: Event): Online {
  const name = triggerName(owner, part, event);
  return inHeldSession({
    does: `drop the trigger ${name}`,
    statement: `DROP TRIGGER IF EXISTS ${qualifiedName({ schema: owner.table.schema, name })}`,
    doneWhen: `NOT ${hasTrigger(owner.table, name)}`,
  });
}
