/**
 * By what the triggers of a pair know a statement of its walk, which sets both sides itself: a setting of that statement
 * alone, which ends with it however it ends. Of what a hint may set, this one is read by nothing that a walk or an
 * application's writes call, and nobody has it at this value. Where the hint is not taken the triggers fire, and find both sides agreed.
 */
const mark = { setting: 'max_points_in_geometry', value: 786_433 } as const;

export const passingHint = `/*+ SET_VAR(${mark.setting} = ${mark.value}) */`;

/** Lines of a trigger, their declarations first, for every statement but the walk's. */
export const unlessPassing = (lines: readonly string[]): readonly string[] => [
  `IF @@SESSION.${mark.setting} <> ${mark.value} THEN`,
  '  BEGIN',
  ...lines.map((line) => `    ${line}`),
  '  END;',
  'END IF;',
];
