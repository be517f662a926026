// The conditions that our own statements meet, as PostgreSQL's appendix A calls them; any other has its code alone.
const conditions: Readonly<Record<string, string>> = {
  '0A000': 'feature not supported',
  '25001': 'active SQL transaction',
  '25P02': 'in failed SQL transaction',
  '2BP01': 'dependent objects still exist',
  '3D000': 'invalid catalog name',
  '3F000': 'invalid schema name',
  '42501': 'insufficient privilege',
  '42601': 'syntax error',
  '42701': 'duplicate column',
  '42703': 'undefined column',
  '42704': 'undefined object',
  '42710': 'duplicate object',
  '42804': 'datatype mismatch',
  '42846': 'cannot coerce',
  '42883': 'undefined function',
  '42P01': 'undefined table',
  '42P07': 'duplicate table',
  '42P16': 'invalid table definition',
  '42P17': 'invalid object definition',
  '54000': 'program limit exceeded',
  '54001': 'statement too complex',
  '55000': 'object not in prerequisite state',
  '55006': 'object in use',
  '58030': 'I/O error',
  XX000: 'internal error',
  XX001: 'data corrupted',
  XX002: 'index corrupted',
};

/** An SQLSTATE with the name of its condition: `SQLSTATE 42501 (insufficient privilege)`. */
export function wordsOfState(state: string): string {
  const condition = conditions[state];
  return condition === undefined ? `SQLSTATE ${state}` : `SQLSTATE ${state} (${condition})`;
}
