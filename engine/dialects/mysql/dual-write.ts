import type { Unit } from '../../plan/plan.ts';
import type { Pair, PairColumn } from '../dual-write.ts';
import type { KeyColumn } from '../inspector.ts';
import { conversionOf } from './conversion.ts';
import { convertedWins, convertedWrites, notesRefused } from './converting.ts';
import { distinct, implicitDefault } from './pair.ts';
import { identifier, qualifiedName, shortName } from './quote.ts';
import { hasTrigger, inHeldSession } from './held-session.ts';

const events = ['INSERT', 'UPDATE'] as const;
export type Event = (typeof events)[number];
/**
 * `wins`: where one statement sets both sides and they disagree, the new one has it. `refused`: notes a row whose data
 * refuses the conversion, once its key is known.
 */
type Part = 'writes' | 'wins' | 'refused';

const triggerName = (migration: string, part: Part, event: Event): string =>
  shortName(`underpin_${migration}_${part}_${event.toLowerCase()}`);

const standing = ({ conversion }: Pair): readonly Part[] =>
  conversion === null ? ['writes'] : ['writes', 'refused'];

export const triggersOfPair = (pair: Pair): string[] =>
  standing(pair).flatMap((part) => events.map((event) => triggerName(pair.migration, part, event)));

/** A column of a pair in its table, with what only MySQL needs to know of it. */
export interface Side extends PairColumn {
  readonly notNull: boolean;
}

export interface Sides {
  readonly old: Side;
  readonly new: Side;
}

/**
 * Whichever side a writer sets, the other follows inside the writer's own statement. A side counts as written when it
 * differs from the row's former value or, on INSERT, from its default. Where both were and disagree, the old side has it. So it
 * has where an UPDATE leaves it and sets the new one to NULL: an application that saves whole rows, and has loaded this one before
 * it was filled, does that, and MySQL does not tell which columns a statement names.
 */
export function startPair(pair: Pair, sides: Sides, key: readonly KeyColumn[]): readonly Unit[] {
  const conversion = conversionOf(pair);
  if (conversion === undefined)
    return events.map((event) => createTrigger(pair, 'writes', event, copiedWrites(event, sides), sides));
  return [
    ...events.map((event) =>
      createTrigger(pair, 'writes', event, convertedWrites(conversion, event, told(sides.old)), sides),
    ),
    ...events.map((event) => createTrigger(pair, 'refused', event, notesRefused(conversion, key), sides)),
  ];
}

const copiedWrites = (event: Event, sides: Sides): readonly string[] => [
  `IF wrote_new AND NOT wrote_old${event === 'UPDATE' ? ` AND (${isNull(sides.old)} OR NOT ${isNull(sides.new)})` : ''} THEN`,
  `  SET NEW.${identifier(sides.old.column)} = NEW.${identifier(sides.new.column)};`,
  'ELSE',
  `  SET NEW.${identifier(sides.new.column)} = ${told(sides.old)};`,
  'END IF;',
];

/** The new side's word comes first from then on, also where it says NULL; no write meets a moment without a trigger. */
export function newWins(pair: Pair, sides: Sides): readonly Unit[] {
  const conversion = conversionOf(pair);
  const lines = conversion === undefined ? copiedWins(sides) : convertedWins(conversion);
  return events.map((event) => createTrigger(pair, 'wins', event, lines, sides));
}

const copiedWins = (sides: Sides): readonly string[] => [
  'IF wrote_new THEN',
  `  SET NEW.${identifier(sides.old.column)} = NEW.${identifier(sides.new.column)};`,
  'END IF;',
];

export const endNewWins = (pair: Pair): readonly Unit[] =>
  events.map((event) => dropTrigger(pair, 'wins', event));

export const endPair = (pair: Pair): readonly Unit[] =>
  standing(pair)
    .toReversed()
    .flatMap((part) => events.map((event) => dropTrigger(pair, part, event)));

const isNull = ({ column }: Side): string => `(NEW.${identifier(column)} IS NULL)`;

/** A column that refuses NULL gets what MySQL writes there where the mode is not strict; where it is, the write fails. */
const told = ({ column, type, notNull }: Side): string =>
  notNull ? `COALESCE(NEW.${identifier(column)}, ${implicitDefault(type)})` : `NEW.${identifier(column)}`;

const purpose = (part: Part, { old, new: next }: Sides): string =>
  ({
    writes: `write every change to both ${old.column} and ${next.column}`,
    wins: `let ${next.column} win where a write disagrees`,
    refused: `note rows whose ${old.column} cannot be converted`,
  })[part];

function createTrigger(pair: Pair, part: Part, event: Event, lines: readonly string[], sides: Sides): Unit {
  const name = triggerName(pair.migration, part, event);
  const wrote = (side: Side): string =>
    distinct(
      `NEW.${identifier(side.column)}`,
      event === 'UPDATE' ? `OLD.${identifier(side.column)}` : (side.default?.expression ?? 'NULL'),
      side.type,
    );
  const declared =
    part === 'refused'
      ? []
      : [
          `DECLARE wrote_old BOOLEAN DEFAULT ${wrote(sides.old)};`,
          `DECLARE wrote_new BOOLEAN DEFAULT ${wrote(sides.new)};`,
        ];
  const body = ['BEGIN', ...[...declared, ...lines].map((line) => `  ${line}`), 'END'].join('\n');
  const order =
    part === 'wins' ? ` PRECEDES ${identifier(triggerName(pair.migration, 'writes', event))}` : '';
  return inHeldSession({
    does: `${purpose(part, sides)}, on ${event}`,
    statement: `CREATE TRIGGER ${qualifiedName({ schema: pair.table.schema, name })}\n  ${part === 'refused' ? 'AFTER' : 'BEFORE'} ${event} ON ${qualifiedName(pair.table)}\n  FOR EACH ROW${order}\n${body}`,
    doneWhen: hasTrigger(pair.table, name),
  });
}

function dropTrigger({ migration, table }: Pair, part: Part, event: Event): Unit {
  const name = triggerName(migration, part, event);
  return inHeldSession({
    does: `drop the trigger ${name}`,
    statement: `DROP TRIGGER IF EXISTS ${qualifiedName({ schema: table.schema, name })}`,
    doneWhen: `NOT ${hasTrigger(table, name)}`,
  });
}
