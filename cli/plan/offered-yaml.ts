/** New definitions as they stand in a migration's file, each a block of text. */
export const offeredYaml = (statements: readonly string[]): readonly string[] => [
  'dependents:',
  ...statements.flatMap((statement) => ['  - |-', ...statement.split('\n').map((line) => `    ${line}`)]),
];
