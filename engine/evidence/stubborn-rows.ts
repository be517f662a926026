/** Rows whose data refuses the change, as people may read of them anywhere: without keys, which can be personal data. */
export interface StubbornRows {
  readonly count: number;
  /** Of each SQLSTATE how many there are, among those that are remembered. */
  readonly states: Readonly<Record<string, number>>;
  /** How whoever may read the database finds them. */
  readonly list: string;
}

export const statesCounted = (rows: readonly { readonly sqlstate: string }[]): StubbornRows['states'] => {
  const states: Record<string, number> = {};
  for (const { sqlstate } of rows) states[sqlstate] = (states[sqlstate] ?? 0) + 1;
  return states;
};

/** The statement that shows their keys, and the command that shows the first of them. */
export const howListed = (
  migration: string,
  { listStubborn }: { readonly listStubborn: (migration: string) => string },
): string => `\`${listStubborn(migration)}\`, or the first of them by \`underpin status ${migration}\``;

/** `2 (SQLSTATE 22P02: 1, 22P05: 1); their keys: …` */
export function stubbornText({ count, states, list }: StubbornRows): string {
  if (count === 0) return '0';
  const said = Object.entries(states).map(([state, rows]) => `${state}: ${rows.toLocaleString('en-US')}`);
  const counted = said.length === 0 ? '' : ` (SQLSTATE ${said.join(', ')})`;
  return `${count.toLocaleString('en-US')}${counted}; their keys: ${list}`;
}
