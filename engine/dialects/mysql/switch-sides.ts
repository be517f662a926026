import type { Column } from '../../catalog/facts.ts';
import type { PairPlan } from '../dual-write.ts';
import { charsetOf } from './computed.ts';
import { asNumber, partsOf, type DefinitionParts } from './definition.ts';
import type { SideColumn, Sides } from './dual-write.ts';
import { setByUpdates, touchedPair } from './touched.ts';
import { comparedDefault, writtenDefault } from './written-default.ts';

/** A column that goes. */
interface OldPlace {
  readonly column: Column;
  readonly parts: DefinitionParts;
}

/** A column that comes, as it is written. */
export interface NewPlace {
  readonly name: string;
  readonly type: string;
  /** Behind its default. */
  readonly comment: string;
  /** Its default. */
  readonly otherwise: string | null;
  /** Behind it: that every UPDATE sets the column. */
  readonly touches: string;
  readonly notNull: boolean;
  /** Who names no columns does not meet it in the end, either. */
  readonly staysInvisible: boolean;
}

export interface Places {
  readonly old: readonly OldPlace[];
  readonly new: readonly NewPlace[];
}

export function placesOf({ pair, old, added, notNull }: PairPlan): Places {
  const before = old.map((column): OldPlace => {
    const parts = column.definition === null ? undefined : partsOf(column.definition, column.type);
    if (parts === undefined)
      throw new Error(`compiling before the refusals were asked: ${pair.migration}, ${column.name}`);
    return { column, parts };
  });
  const [only, ...others] = before;
  const kept = others.length === 0 && added.length === 1 ? only : undefined;
  return {
    old: before,
    new: added.map(({ name, collation, comment }, at): NewPlace => {
      const { type = '', default: otherwise = null } = pair.new[at] ?? {};
      return {
        name,
        comment: comment === null ? '' : (kept?.parts.comment ?? ''),
        notNull: notNull.includes(name),
        staysInvisible: kept?.parts.isInvisible === true,
        ...(pair.conversion === null && kept !== undefined
          ? {
              type: `${kept.column.type}${kept.parts.charset}`,
              otherwise: kept.parts.default,
              touches: touchedPair(pair) === undefined ? '' : setByUpdates(type),
            }
          : {
              touches: '',
              type: `${type}${charsetOf(collation)}`,
              otherwise:
                otherwise === null ? null : writtenDefault(type, asNumber(otherwise.expression, type)),
            }),
      };
    }),
  };
}

const side = (
  of: Pick<SideColumn, 'column' | 'type' | 'plain' | 'notNull'>,
  value: string | null,
): SideColumn => ({
  ...of,
  default: value === null ? null : { expression: comparedDefault(of.type, value), varies: 'never' },
});

/** The same as the triggers compare and write them. */
export function sidesOf({ pair }: Pick<PairPlan, 'pair'>, places: Places): Sides {
  return {
    old: places.old.map(({ column: { name, type, plain, notNull }, parts }) =>
      side({ column: name, type, plain, notNull }, parts.default),
    ),
    new: places.new.map(({ name, otherwise, notNull }, at) =>
      side(
        { column: name, type: pair.new[at]?.type ?? '', plain: pair.new[at]?.plain === true, notNull },
        otherwise,
      ),
    ),
  };
}

/** ` CHARACTER SET … COLLATE …` of the columns of both sides, by their names. */
export const charsetsOf = ({ old, added }: PairPlan): ReadonlyMap<string, string> =>
  new Map([...old, ...added].map(({ name, collation }) => [name, charsetOf(collation)]));
