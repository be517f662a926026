import type { Unit } from '../../plan/plan.ts';
import type { Pair, PairColumn } from '../dual-write.ts';
import { areNull, conversionOf, haveAny } from './conversion.ts';
import { convertedWins, convertedWrites, notesRefused, refusingConversion } from './converting.ts';
import { distinct, implicitDefault, isMoment } from './pair.ts';
import { unlessPassing } from './passing.ts';
import { identifier } from './quote.ts';
import { isNamed, refusesApart, touchedPair } from './touched.ts';
import { createTrigger, dropTrigger, events, triggerName, type Event, type Part } from './trigger.ts';

interface Standing {
  readonly part: Part;
  readonly events: readonly Event[];
}

const standing = (pair: Pair): readonly Standing[] => [
  { part: 'writes', events },
  ...(pair.conversion === null ? [] : [{ part: 'refused', events } as const]),
  ...(touchedPair(pair) === undefined ? [] : [{ part: 'agrees', events: ['UPDATE'] } as const]),
];

export const triggersOfPair = (pair: Pair): string[] =>
  standing(pair).flatMap(({ part, events: its }) => its.map((event) => triggerName(pair, part, event)));

/** A column of a pair in its table, with what only MySQL needs to know of it. */
export interface SideColumn extends PairColumn {
  readonly notNull: boolean;
}

export interface Sides {
  readonly old: readonly SideColumn[];
  readonly new: readonly SideColumn[];
}

const ofRow = (columns: readonly PairColumn[]): readonly string[] =>
  columns.map(({ column }) => `NEW.${identifier(column)}`);

const namesOf = (columns: readonly PairColumn[]): string => columns.map(({ column }) => column).join(', ');

/**
 * Whichever side a writer sets, the other follows inside the writer's own statement. A side counts as written when one of its
 * columns differs from the row's former value or, on INSERT, from its default. Where both were and disagree, the old side has it. So it
 * has where an UPDATE leaves it and sets the new one to NULL: an application that saves whole rows, and has loaded this one before
 * it was filled, does that, and MySQL does not tell which columns a statement names. `isKeyed`: the new side has foreign keys already.
 */
export function startPair(pair: Pair, sides: Sides, isKeyed = false): readonly Unit[] {
  const conversion = conversionOf(pair);
  const does = `write every change to both ${namesOf(sides.old)} and ${namesOf(sides.new)}`;
  const touched = touchedPair(pair);
  const written = (event: Event): readonly string[] =>
    conversion === undefined
      ? copiedWrites(event, sides)
      : convertedWrites(conversion, event, told(sides.old));
  const lines = (event: Event): readonly string[] =>
    isKeyed && event === 'UPDATE' ? whereWritten(pair.key, written(event)) : written(event);
  // A walk writes by UPDATE alone.
  const unlessWalked = (event: Event, all: readonly string[]): readonly string[] =>
    event === 'UPDATE' ? unlessPassing(pair.migration, wrote(sides.old, event), all) : all;
  return [
    ...events.map((event) =>
      createTrigger(pair, {
        part: 'writes',
        event,
        does,
        lines: unlessWalked(event, [...whoWrote(event, sides, pair), ...lines(event)]),
      }),
    ),
    ...(conversion === undefined
      ? []
      : events.map((event) =>
          createTrigger(pair, {
            part: 'refused',
            event,
            does: `note rows whose ${namesOf(sides.old)} cannot be converted`,
            lines: unlessWalked(event, notesRefused(refusingConversion(conversion), pair.key)),
            when: 'AFTER',
          }),
        )),
    ...(touched === undefined
      ? []
      : [
          createTrigger(pair, {
            part: 'agrees',
            event: 'UPDATE',
            does: `refuse what would make ${namesOf(sides.old)} and ${namesOf(sides.new)} differ`,
            lines: refusesApart(touched),
            when: 'AFTER',
          }),
        ]),
  ];
}

/**
 * A row that nobody has filled yet waits for the walk where its writer is about other columns: filled, it would ask the new side's foreign
 * keys for what it refers to, which nobody has touched. Not where it could move past the walk.
 */
const whereWritten = (key: Pair['key'], lines: readonly string[]): readonly string[] => [
  `IF wrote_old OR wrote_new OR NOT (${key.map(({ name }) => `NEW.${identifier(name)} <=> OLD.${identifier(name)}`).join(' AND ')}) THEN`,
  '  BEGIN',
  ...lines.map((line) => `    ${line}`),
  '  END;',
  'END IF;',
];

function whoWrote(event: Event, sides: Sides, pair: Pair): readonly string[] {
  const touched = event === 'UPDATE' ? touchedPair(pair) : undefined;
  const has = (side: 'old' | 'new'): string =>
    touched === undefined ? wrote(sides[side], event) : isNamed(touched, side);
  return [
    `DECLARE wrote_old BOOLEAN DEFAULT ${has('old')};`,
    `DECLARE wrote_new BOOLEAN DEFAULT ${has('new')};`,
  ];
}

const wrote = (columns: readonly SideColumn[], event: Event): string =>
  columns
    .map(({ column, type, default: otherwise }) => {
      const now = `NEW.${identifier(column)}`;
      if (event === 'UPDATE') return distinct(now, `OLD.${identifier(column)}`, type);
      // A default of the clock is the local time that the row has.
      return distinct(now, otherwise?.expression ?? 'NULL', isMoment(type) ? 'datetime' : type);
    })
    .join(' OR ');

function copiedWrites(event: Event, sides: Sides): readonly string[] {
  const isSaid = `${areNull(ofRow(sides.old))} OR ${haveAny(ofRow(sides.new))}`;
  return [
    `IF wrote_new AND NOT wrote_old${event === 'UPDATE' ? ` AND (${isSaid})` : ''} THEN`,
    ...assigned(ofRow(sides.old), ofRow(sides.new)),
    'ELSE',
    ...sides.old.flatMap((column, at) => toldAsItIs(column, ofRow(sides.new)[at] ?? '')),
    'END IF;',
  ];
}

/** A moment is handed on by a statement of its own: any function would make a local time of it. */
function toldAsItIs(column: SideColumn, target: string): readonly string[] {
  if (!column.notNull || !isMoment(column.type)) return assigned([target], told([column]));
  const value = `NEW.${identifier(column.column)}`;
  return [
    `  IF ${value} IS NULL THEN`,
    `    SET ${target} = ${implicitDefault(column.type)};`,
    '  ELSE',
    `    SET ${target} = ${value};`,
    '  END IF;',
  ];
}

const assigned = (targets: readonly string[], values: readonly string[]): readonly string[] =>
  targets.map((target, at) => `  SET ${target} = ${values[at] ?? ''};`);

/** The new side's word comes first from then on, also where it says NULL; no write meets a moment without a trigger. */
export function newWins(pair: Pair, sides: Sides): readonly Unit[] {
  const conversion = conversionOf(pair);
  const lines = (event: Event): readonly string[] =>
    conversion === undefined ? copiedWins(sides) : convertedWins(conversion, event, told(sides.old));
  return events.map((event) =>
    createTrigger(pair, {
      part: 'wins',
      event,
      does: `let ${namesOf(sides.new)} win where a write disagrees`,
      lines: [...whoWrote(event, sides, pair), ...lines(event)],
      when: { precedes: 'writes' },
    }),
  );
}

const copiedWins = (sides: Sides): readonly string[] => [
  'IF wrote_new THEN',
  ...assigned(ofRow(sides.old), ofRow(sides.new)),
  'END IF;',
];

export const endNewWins = (pair: Pair): readonly Unit[] =>
  events.map((event) => dropTrigger(pair, 'wins', event));

export const endPair = (pair: Pair): readonly Unit[] =>
  standing(pair)
    .toReversed()
    .flatMap(({ part, events: its }) => its.map((event) => dropTrigger(pair, part, event)));

/** A column that refuses NULL gets what MySQL writes there where the mode is not strict; where it is, the write fails. */
const told = (columns: readonly SideColumn[]): readonly string[] =>
  columns.map(({ column, type, notNull }) =>
    notNull ? `COALESCE(NEW.${identifier(column)}, ${implicitDefault(type)})` : `NEW.${identifier(column)}`,
  );
