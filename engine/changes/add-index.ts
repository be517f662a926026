import * as z from 'zod';
import { flag, section } from '../spec/spec-fields.ts';
import { indexText, objectName } from '../spec/sql-fields.ts';
import { buildAny, builtAlone, unbuildAny } from './built.ts';
import type { Kind } from './kind.ts';
import { partNameRefusals } from './part-names.ts';
import { partitionIndexRefusals } from './partition-indexes.ts';
import { partitionIndexWarnings } from './partitioned-refusals.ts';
import { twinRefusals } from './twin-index.ts';

const about = {
  is: 'Builds an index.',
  example: '{ kind: add-index, name: orders_by_status, index: "(status, created_at)" }',
};

const keys = section(
  {
    kind: z.literal('add-index').describe(about.is),
    name: objectName('the name of the index', { is: 'The name of the index.', example: 'orders_by_status' }),
    index: indexText({
      is: 'What follows ON table in CREATE INDEX: method, columns or expressions, INCLUDE, WITH, WHERE.',
      example: '"(status, created_at)"',
    }),
    unique: z.exactOptional(
      flag({
        is: 'Refuse rows that are equal in it. For a unique constraint, use add-unique.',
        example: 'true',
      }),
    ),
  },
  about,
);

// An index over an expression has statistics of its own.
const computes = (definition: string): boolean => /\([^)]*\(/u.test(definition);

/** Any index, built beside the traffic. */
export const addIndex: Kind<'add-index', typeof keys> = {
  kind: 'add-index',
  keys,
  asks: [
    { key: 'name', flag: 'name', asks: 'The name of the index?' },
    { key: 'index', flag: 'index', asks: 'What stands behind ON table, such as (status, created_at)?' },
    { key: 'unique', flag: 'unique', asks: 'May no two rows be equal in it?', optional: true, truth: true },
  ],
  inWords: 'add an index',
  verb: 'index',
  goal: (table, { index }) => `Index ${table} ${index}`,
  oldColumns: () => [],
  names: ({ name }) => ({ builds: [name] }),
  takesPartitioned: (_, sql) => sql.indexes.onPartitions !== null,
  refusals: (_, subject) => partitionIndexRefusals('table', subject),
  expressions: () => [],
  compile: async ({ name, index: definition, unique = false }, subject, ask) => {
    const { migration, table, sql } = subject;
    const { printed } = await ask.rule({
      key: 'change.index',
      name,
      made: { as: unique ? 'unique index' : 'index', definition },
      forbidden: null,
      isRepaired: false,
      remedy: '',
    });
    const index = { name, unique, definition: printed };
    const sampled = computes(printed) ? sql.statistics.analyze(migration, table) : [];
    const refused = [
      ...(await partNameRefusals('change.name', [{ as: name }], subject, ask.taken)),
      ...(await twinRefusals(index, subject, ask, 'change.index')),
    ];
    if (refused.length > 0) return { refused };
    const verify = {
      run: [...buildAny(subject, index), ...sampled],
      undo: [unbuildAny(subject, index)],
    };
    return builtAlone(subject, verify, {
      warnings: [
        ...(unique ? ['rows that are equal in it are found when it is built, and not before'] : []),
        ...partitionIndexWarnings([{ as: name }], subject),
      ],
      expects: { indexes: [index] },
    });
  },
};
