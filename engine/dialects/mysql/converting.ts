import type { KeyColumn } from '../inspector.ts';
import { agreement, areNull, convertedValues, haveAny, type Conversion } from './conversion.ts';
import { keptKey, keyValue } from './key-values.ts';
import { identifier, literal } from './quote.ts';
import type { Event } from './trigger.ts';

// Lines of triggers whose sides are computed from each other. `wrote_old` and `wrote_new` are declared before them.

const row = ({ old, new: next }: Conversion, image = 'NEW') => ({
  old: old.map(({ column }) => `${image}.${identifier(column)}`),
  new: next.map(({ column }) => `${image}.${identifier(column)}`),
});

const set = (targets: readonly string[], values: readonly string[]): readonly string[] =>
  targets.map((target, at) => `SET ${target} = ${values[at] ?? ''};`);

const indented = (lines: readonly string[], by: string): readonly string[] =>
  lines.map((line) => `${by}${line}`);

/** A conversion that refuses agrees with nothing. */
const asksAgreement = (conversion: Conversion, when: string): readonly string[] => [
  `IF ${when} THEN`,
  '  BEGIN',
  '    DECLARE EXIT HANDLER FOR SQLEXCEPTION SET agree = FALSE;',
  `    SET agree = ${agreement(conversion, row(conversion))};`,
  '  END;',
  'END IF;',
];

/**
 * A writer of a part of the new side has not seen that nobody had filled the row: the rest is what the old side says, or it
 * would hang on the backfill's progress whether a row comes out so or so. Where that refuses, so does the write, or the rest
 * would be lost.
 */
function completed(
  conversion: Conversion,
  event: Event,
  told: readonly string[],
  when: string,
): readonly string[] {
  if (event === 'INSERT' || conversion.new.length === 1) return [];
  const next = row(conversion).new;
  const up = convertedValues(conversion, 'up', told);
  return [
    `IF ${when} AND ${areNull(row(conversion, 'OLD').new)} THEN`,
    ...next.flatMap((value, at) => [
      `  IF ${value} IS NULL THEN`,
      `    SET ${value} = ${up[at] ?? ''};`,
      '  END IF;',
    ]),
    'END IF;',
  ];
}

/**
 * The side that was written is converted to the other; a row that agrees is not converted back, so that an application which
 * saves whole rows rounds nothing. A value of the old side that the new one cannot hold must not fail the running
 * application: the new side is NULL then. An UPDATE that sets the new side alone to NULL saves a row as it was loaded before it
 * was filled. `told`: the old side's values, as they will be stored.
 */
export function convertedWrites(
  conversion: Conversion,
  event: Event,
  told: readonly string[],
): readonly string[] {
  const { old, new: next } = row(conversion);
  const down = set(old, convertedValues(conversion, 'down', next));
  const up = set(next, convertedValues(conversion, 'up', told));
  const fromNew =
    event === 'INSERT'
      ? down
      : [
          `IF ${areNull(next)} AND ${haveAny(old)} THEN`,
          ...indented(set(next, row(conversion, 'OLD').new), '  '),
          'ELSE',
          ...indented(down, '  '),
          'END IF;',
        ];
  return [
    'DECLARE agree BOOLEAN DEFAULT FALSE;',
    ...completed(conversion, event, told, 'wrote_new AND NOT wrote_old'),
    ...asksAgreement(conversion, 'wrote_new OR NOT wrote_old'),
    'IF NOT agree THEN',
    '  IF wrote_new AND NOT wrote_old THEN',
    ...indented(fromNew, '    '),
    '  ELSE',
    '    BEGIN',
    '      DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN',
    ...indented(
      set(
        next,
        next.map(() => 'NULL'),
      ),
      '        ',
    ),
    '      END;',
    ...indented(up, '      '),
    '    END;',
    '  END IF;',
    'END IF;',
  ];
}

/** What the new side says comes first; what it says and the old one cannot hold is refused. */
export function convertedWins(
  conversion: Conversion,
  event: Event,
  told: readonly string[],
): readonly string[] {
  const { old, new: next } = row(conversion);
  return [
    'DECLARE agree BOOLEAN DEFAULT FALSE;',
    ...completed(conversion, event, told, 'wrote_new'),
    ...asksAgreement(conversion, 'wrote_new'),
    'IF wrote_new AND NOT agree THEN',
    ...indented(set(old, convertedValues(conversion, 'down', next)), '  '),
    'END IF;',
  ];
}

/** What a trigger behind the write computes again to learn why the row was left as it is. */
export interface Refusing {
  readonly migration: string;
  /** True for a row that may have been refused. */
  readonly when: string;
  /** Raises for a row that was. */
  readonly computes: readonly string[];
}

/** The rows whose old side says something, and whose new one says nothing. */
export const refusingConversion = (conversion: Conversion): Refusing => {
  const { old, new: next } = row(conversion);
  return {
    migration: conversion.migration,
    when: `${haveAny(old)} AND ${areNull(next)}`,
    computes: convertedValues(conversion, 'up', old),
  };
};

/**
 * A row that refuses is noted where it is written, for a comparison that has passed its place would not see it. Keys of rows
 * leave the ledger with the migration.
 */
export function notesRefused(
  { migration: name, when, computes }: Refusing,
  key: readonly KeyColumn[],
): readonly string[] {
  const migration = literal(name);
  const kept = keptKey(key.map((column) => keyValue(column, 'NEW.')));
  return [
    'DECLARE state_now VARCHAR(5);',
    'DECLARE number_now BIGINT;',
    'DECLARE row_now TEXT CHARACTER SET utf8mb4;',
    'DECLARE converts BOOLEAN;',
    `IF ${when} THEN`,
    '  BEGIN',
    '    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN',
    '      GET DIAGNOSTICS CONDITION 1 state_now = RETURNED_SQLSTATE, number_now = MYSQL_ERRNO;',
    `      IF EXISTS (SELECT 1 FROM underpin.migration AS m WHERE m.name = ${migration} AND m.status = 'running') THEN`,
    `        SET row_now = ${kept};`,
    '        INSERT INTO underpin.stubborn_row (migration, row_key, key_hash, code)',
    `        VALUES (${migration}, row_now, UNHEX(SHA2(row_now, 256)), CONCAT(state_now, '/', number_now)) AS s`,
    '        ON DUPLICATE KEY UPDATE code = s.code, attempts = stubborn_row.attempts + 1;',
    '      END IF;',
    '    END;',
    ...computes.map((value) => `    SET converts = ${value} IS NULL;`),
    '  END;',
    'END IF;',
  ];
}
