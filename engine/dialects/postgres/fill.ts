import { brief } from '../../plan/brief.ts';
import type { Brief } from '../../plan/plan.ts';
import type { Fill } from '../filled-column.ts';
import { isByPlace } from './block-address.ts';
import { triggerName } from './made-names.ts';
import { isNotNull, isNull } from './null-test.ts';
import { identifier } from './quote.ts';
import { notePlaces, noteRefused, placeTriggers } from './refused-rows.ts';
import { unlessRefused } from './row-errors.ts';
import { createFunction, createTrigger, dropFunction, dropTriggers, type Trigger } from './trigger.ts';
import type { Target } from './walk.ts';

const fillTriggers = ({ key, column, plain }: Fill): readonly Trigger[] => {
  const isUnfilled = isNull(`NEW.${identifier(column)}`, { plain });
  return [
    { event: '_fill', on: 'INSERT OR UPDATE', when: isUnfilled },
    ...placeTriggers({ key }, isUnfilled),
  ];
};

/** Fills a new column where a writer that does not know it left it NULL. */
export function startFill(fill: Fill): Brief {
  const column = `NEW.${identifier(fill.column)}`;
  const filled = `(SELECT (${fill.expression}) FROM (SELECT NEW.*) AS ${identifier(fill.table.name)})`;
  return brief(`fill ${fill.column} for writers that do not know it`, 'SHARE ROW EXCLUSIVE', [
    ...createFunction(fill, 'dual write', 'installer', [
      'BEGIN',
      ...unlessRefused([`${column} := ${filled};`], [`${column} := NULL;`, ...noteRefused(fill)]).map(
        (line) => `  ${line}`,
      ),
      '  RETURN NEW;',
      'END',
    ]),
    ...notePlaces(fill, [`${column} := ${filled};`]),
    ...fillTriggers(fill).flatMap((trigger) => createTrigger(fill, trigger)),
  ]);
}

export const triggersOfFill = (fill: Fill): string[] =>
  fillTriggers(fill).map(({ event }) => triggerName(fill.migration, event));

export const endFill = (fill: Fill): string[] => [
  ...dropTriggers(fill.table, triggersOfFill(fill)),
  dropFunction(fill.migration, 'dual write'),
  ...(isByPlace(fill.key) ? [dropFunction(fill.migration, 'refused')] : []),
];

export const fillTarget = (fill: Fill): Target => ({
  assigned: [{ column: identifier(fill.column), value: fill.expression }],
  unfilled: `${isNull(identifier(fill.column), fill)} AND ${isNotNull(`(${fill.expression})`, fill)}`,
  settings: fill.settings,
  isPartitioned: fill.isPartitioned,
});
