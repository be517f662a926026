import { expect, test } from 'vitest';
import { dumpStatements } from '../../../rehearsal/database/load-mysql-dump.ts';

const statements = (text: string) => [...dumpStatements(text)];

test('statements are told apart, each with its line', () => {
  expect(
    statements("CREATE TABLE a (b INT);\n\nINSERT INTO a VALUES (1),\n (2);\nSELECT ';' -- ;\n;"),
  ).toEqual([
    { sql: 'CREATE TABLE a (b INT)', line: 1 },
    { sql: 'INSERT INTO a VALUES (1),\n (2)', line: 3 },
    { sql: "SELECT ';' -- ;", line: 5 },
  ]);
});

test.each(['$$', ';;', '//'])('a body stays whole between the delimiters %s', (sign) => {
  const body = `CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET NEW.b = 1; END`;
  const text = `DELIMITER ${sign}\n${body}${sign}\nDELIMITER ;\nSELECT 1;\n`;
  expect(statements(text)).toEqual([
    { sql: body, line: 2 },
    { sql: 'SELECT 1', line: 4 },
  ]);
});

test('a comment at the end is no statement', () => {
  expect(statements('SELECT 1;\n-- Dump completed\n')).toHaveLength(1);
});
