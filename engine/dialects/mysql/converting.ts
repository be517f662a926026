import type { KeyColumn } from '../inspector.ts';
import { agreement, convertedValue, type Conversion } from './conversion.ts';
import type { Event } from './dual-write.ts';
import { keptKey, keyValue } from './key-values.ts';
import { identifier, literal } from './quote.ts';

// Lines of triggers whose sides are computed from each other. `wrote_old` and `wrote_new` are declared before them.

const row = ({ old, new: next }: Conversion) => ({
  old: `NEW.${identifier(old.column)}`,
  new: `NEW.${identifier(next.column)}`,
});

/** A conversion that refuses agrees with nothing. */
const asksAgreement = (conversion: Conversion, when: string): readonly string[] => [
  'DECLARE agree BOOLEAN DEFAULT FALSE;',
  `IF ${when} THEN`,
  '  BEGIN',
  '    DECLARE EXIT HANDLER FOR SQLEXCEPTION SET agree = FALSE;',
  `    SET agree = ${agreement(conversion, row(conversion))};`,
  '  END;',
  'END IF;',
];

/**
 * The side that was written is converted to the other; a row that agrees is not converted back, so that an application which
 * saves whole rows rounds nothing. A value of the old side that the new one cannot hold must not fail the running
 * application: the new side is NULL then. An UPDATE that sets the new side alone to NULL saves a row as it was loaded before it
 * was filled.
 */
export function convertedWrites(conversion: Conversion, event: Event, told: string): readonly string[] {
  const { old, new: next } = row(conversion);
  const held = `OLD.${identifier(conversion.new.column)}`;
  const loadedBefore =
    event === 'UPDATE'
      ? [`IF ${next} IS NULL AND ${old} IS NOT NULL THEN`, `  SET ${next} = ${held};`, 'ELSE']
      : [];
  return [
    ...asksAgreement(conversion, 'wrote_new OR NOT wrote_old'),
    'IF NOT agree THEN',
    '  IF wrote_new AND NOT wrote_old THEN',
    ...loadedBefore.map((line) => `    ${line}`),
    `    ${event === 'UPDATE' ? '  ' : ''}SET ${old} = ${convertedValue(conversion, 'down', next)};`,
    ...(event === 'UPDATE' ? ['    END IF;'] : []),
    '  ELSE',
    '    BEGIN',
    `      DECLARE EXIT HANDLER FOR SQLEXCEPTION SET ${next} = NULL;`,
    `      SET ${next} = ${convertedValue(conversion, 'up', told)};`,
    '    END;',
    '  END IF;',
    'END IF;',
  ];
}

/** What the new side says comes first; what it says and the old one cannot hold is refused. */
export function convertedWins(conversion: Conversion): readonly string[] {
  const { old, new: next } = row(conversion);
  return [
    ...asksAgreement(conversion, 'wrote_new'),
    'IF wrote_new AND NOT agree THEN',
    `  SET ${old} = ${convertedValue(conversion, 'down', next)};`,
    'END IF;',
  ];
}

/**
 * A row that refuses is noted where it is written, for a comparison that has passed its place would not see it. Keys of rows
 * leave the ledger with the migration.
 */
export function notesRefused(conversion: Conversion, key: readonly KeyColumn[]): readonly string[] {
  const { old, new: next } = row(conversion);
  const migration = literal(conversion.migration);
  const kept = keptKey(key.map((column) => keyValue(column, 'NEW.')));
  return [
    'DECLARE state_now VARCHAR(5);',
    'DECLARE number_now BIGINT;',
    'DECLARE row_now TEXT CHARACTER SET utf8mb4;',
    'DECLARE converts BOOLEAN;',
    `IF ${old} IS NOT NULL AND ${next} IS NULL THEN`,
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
    `    SET converts = ${convertedValue(conversion, 'up', old)} IS NULL;`,
    '  END;',
    'END IF;',
  ];
}
