import { literal } from './quote.ts';

/**
 * A setting that a hint sets for one statement alone: it ends with the statement, however that ends. Of what a hint may set, this one is
 * read by nothing that a walk or an application's writes call. Where the hint is not taken the triggers fire, and find both sides agreed.
 */
const mark = { setting: 'max_points_in_geometry', value: 786_433 } as const;

const hint = (...settings: readonly string[]): string =>
  `/*+ ${settings.map((each) => `SET_VAR(${each})`).join(' ')} */`;

const marked = `${mark.setting} = ${mark.value}`;

export const passingHint = hint(marked);

/** By foreign keys, too. */
export const unaskedHint = hint(marked, 'foreign_key_checks = OFF');

/** Whose walk it is: what its statement makes triggers write elsewhere may be under another migration. Set, it stays for the session. */
export const migrationOfWalk = '@underpin_walk_of';

/**
 * Lines of a trigger, their declarations first, for every statement but those of the migration's own walk, which set both sides
 * themselves. `wroteOld`: true where a trigger before this one has given the old side another value since.
 */
export const unlessPassing = (
  migration: string,
  wroteOld: string,
  lines: readonly string[],
): readonly string[] => [
  `IF @@SESSION.${mark.setting} <> ${mark.value} OR NOT (${migrationOfWalk} <=> ${literal(migration)}) OR ${wroteOld} THEN`,
  '  BEGIN',
  ...lines.map((line) => `    ${line}`),
  '  END;',
  'END IF;',
];
