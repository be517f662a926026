/** Rows whose data refuses the change, as people may read of them anywhere: without keys, which can be personal data. */
export interface StubbornRows {
  readonly count: number;
  /** Of each SQLSTATE how many there are, among those that are remembered. */
  readonly states: Readonly<Record<string, number>>;
  /** The statement that shows their keys to whoever may read the database. */
  readonly list: string;
}

export const statesCounted = (rows: readonly { readonly sqlstate: string }[]): StubbornRows['states'] => {
  const states: Record<string, number> = {};
  for (const { sqlstate } of rows) states[sqlstate] = (states[sqlstate] ?? 0) + 1;
  return states;
};

/** `2 (SQLSTATE 22P02: 1, 22P05: 1)` */
export function stubbornText({ count, states }: Pick<StubbornRows, 'count' | 'states'>): string {
  const said = Object.entries(states).map(([state, rows]) => `${state}: ${rows.toLocaleString('en-US')}`);
  return `${count.toLocaleString('en-US')}${said.length === 0 ? '' : ` (SQLSTATE ${said.join(', ')})`}`;
}
