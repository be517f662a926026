import { changeTypeKeys } from './change-type-keys.ts';
import { heirRefusals } from './heir-refusals.ts';
import type { Kind } from './kind.ts';
import { walksPartitions } from './partitioned-refusals.ts';
import { columnNamed, typeRefusals } from './refusals.ts';
import { replaceColumn } from './replace-column.ts';
import { declaredIn, replacementRefusals } from './replacement-refusals.ts';
import { lostPromises } from './replacement-warnings.ts';
import { retypeInPlace } from './retype-in-place.ts';
import { retypingOf, withItsDefault } from './retyping.ts';
import { retypingRefusals } from './retyping-refusals.ts';
import { swapColumn } from './swap-column.ts';
import { boundRefusals, swapRefusals } from './swap-refusals.ts';

/**
 * Another type: a second column, each computed from the other by two expressions. It is the one that stays, under a name
 * of its own, or, without `to`, under the old one's.
 */
export const changeType: Kind<'change-type', typeof changeTypeKeys> = {
  kind: 'change-type',
  keys: changeTypeKeys,
  asks: [
    { key: 'column', flag: 'column', asks: 'Which column?', offers: 'columns' },
    {
      key: 'to',
      flag: 'to',
      asks: 'The new column, if it is to have another name?',
      optional: true,
    },
    { key: 'type', flag: 'type', asks: 'Its type, such as numeric(14,4)?' },
    {
      key: 'up',
      flag: 'up',
      asks: 'SQL that makes the new value of the old column, such as amount / 100.0, if not a cast?',
      optional: true,
    },
    { key: 'down', flag: 'down', asks: 'SQL that makes the old value of the new column?', optional: true },
  ],
  inWords: 'give a column another type',
  verb: 'retype',
  goal: (table, { column, type, to }) =>
    `Keep ${table}.${column} as ${type}${to === undefined ? '' : `, in ${to}`}`,
  oldColumns: ({ column }) => [column],
  takesPartitioned: (_, sql) => walksPartitions(sql),
  names: ({ to }) => ({ makes: to === undefined ? [] : [to] }),
  keepsName: ({ to }) => to === undefined,
  // What is done in the catalog alone needs no key and no second column: only the database knows whether it is.
  refusals: (change, subject) =>
    change.to === undefined && columnNamed(subject.catalog, change.column) !== undefined
      ? boundRefusals(change.column, subject)
      : replacementRefusals(declaredIn(retypingOf(change, subject).replacement), subject),
  // Each side must follow from the other alone: a write of a third column wakes no dual write.
  expressions: (change, subject) => {
    if (change.to === undefined && subject.sql.cannot['column that takes the place of another'] !== undefined)
      return [];
    const { column, type, to = column } = change;
    const old = { column, type: columnNamed(subject.catalog, column)?.type ?? 'text' };
    const { up, down } = retypingOf(change, subject);
    return [
      { key: 'change.up', expression: { text: up, type, over: [old] } },
      ...(change.down === undefined
        ? []
        : [
            {
              key: 'change.down',
              expression: { text: down, type: old.type, over: [{ column: to, type }] },
            },
          ]),
    ];
  },
  compile: async (declared, subject, ask) => {
    // A partition may have an index of its own, which the statement would build anew.
    const inPlace =
      subject.catalog.table.kind === 'partitioned'
        ? null
        : await retypeInPlace(declared, subject, ask.retyped);
    if (inPlace !== null) return inPlace;
    const change = withItsDefault(declared, subject, ask.parser);
    const retyping = retypingOf(change, subject);
    const copied = change.to === undefined ? swapRefusals(retyping.replacement, subject) : [];
    if (copied.length > 0) return { refused: copied };
    const inheritance = await ask.heirs(retyping.asked);
    const refused = [
      ...typeRefusals(inheritance, 'change.type'),
      ...retypingRefusals(change, subject, inheritance),
      ...(await heirRefusals(retyping.replacement, subject, inheritance, ask)),
      ...lostPromises(inheritance),
    ];
    if (refused.length > 0) return { refused };
    return change.to === undefined
      ? swapColumn(retyping, subject, inheritance)
      : replaceColumn(retyping.replacement, subject, inheritance);
  },
};
