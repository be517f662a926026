import { emptyPhase, type Phases, type Unit } from '../../plan/plan.ts';
import type { FillPlan } from '../filled-column.ts';
import { addColumn, dropColumn, dropNotNull, setNotNull } from './columns.ts';
import { charsetOf, computedValue, createFunction, dropFunction } from './computed.ts';
import { notesRefused } from './converting.ts';
import { defaultActions } from './default-of.ts';
import { computedFill } from './filled.ts';
import { identifier } from './quote.ts';
import { alterTable, noteUnit } from './settled.ts';
import { createTrigger, dropTrigger, events, triggerName } from './trigger.ts';
import { writtenDefault } from './written-default.ts';
import type { Fill } from '../filled-column.ts';

const parts = ['fills', 'refused'] as const;

export const triggersOfFill = (fill: Fill): string[] =>
  parts.flatMap((part) => events.map((event) => triggerName(fill, part, event)));

/**
 * A new column that is computed from its row where nobody has written it: by triggers for writers that do not know it, and
 * by a walk for the rows that are there. While the triggers stand, NULL means "not filled yet".
 */
export function fillPhases({ fill, otherwise, notNull }: FillPlan): Phases {
  const { migration, table, column } = fill;
  const computed = computedFill(fill);
  const type = `${fill.type}${charsetOf(fill.collation)}`;
  const definition = `${type}${otherwise === null ? '' : ` DEFAULT ${writtenDefault(fill.type, otherwise)}`}`;
  const added = {
    name: column,
    type,
    collation: null,
    default: null,
    comment: null,
    grants: [],
    settings: null,
  };
  const defaults = otherwise === null ? [] : [defaultActions({ column, type, rest: '' }, otherwise)];
  return {
    expand: { run: [addColumn(table, added)], undo: [dropColumn(table, column)] },
    'dual-write': {
      run: [
        noteUnit(`that ${column} is filled`),
        ...defaults.map(({ give }) => alterTable(`give ${column} its default`, table, give)),
        createFunction(computed),
        ...startFill(fill),
      ],
      undo: [
        ...endFill(fill),
        ...defaults.map(({ take }) => alterTable(`take the default from ${column}`, table, take)),
      ],
    },
    backfill: emptyPhase,
    verify: {
      run: notNull
        ? [noteUnit(`that ${column} becomes NOT NULL`), ...setNotNull(migration, table, column, definition)]
        : [],
      undo: notNull ? [dropNotNull(migration, table, column, definition)] : [],
    },
    confidence: emptyPhase,
    contract: {
      run: endFill(fill),
      undo: { irreversible: `writers must set ${table.name}.${column} themselves now` },
    },
  };
}

/** A row that cannot be filled does not fail its writer: the column stays NULL, and the row is noted. */
function startFill(fill: Fill): readonly Unit[] {
  const column = `NEW.${identifier(fill.column)}`;
  const value = computedValue(computedFill(fill), 'NEW.');
  const when = `${column} IS NULL`;
  const refusing = { migration: fill.migration, when, computes: [value] };
  return [
    ...events.map((event) =>
      createTrigger(fill, {
        part: 'fills',
        event,
        does: `fill ${fill.column} for writers that do not know it`,
        lines: [
          `IF ${when} THEN`,
          '  BEGIN',
          `    DECLARE EXIT HANDLER FOR SQLEXCEPTION SET ${column} = NULL;`,
          `    SET ${column} = ${value};`,
          '  END;',
          'END IF;',
        ],
      }),
    ),
    ...events.map((event) =>
      createTrigger(fill, {
        part: 'refused',
        event,
        does: `note rows whose ${fill.column} cannot be computed`,
        lines: notesRefused(refusing, fill.key),
        when: 'AFTER',
      }),
    ),
  ];
}

const endFill = (fill: Fill): readonly Unit[] => [
  ...parts.toReversed().flatMap((part) => events.map((event) => dropTrigger(fill, part, event))),
  dropFunction(computedFill(fill)),
];
