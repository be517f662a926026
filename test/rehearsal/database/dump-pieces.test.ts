import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { dumpPieces, type DumpPiece } from '../../../rehearsal/database/dump-pieces.ts';

const pieces = (dump: string): readonly DumpPiece[] => [...dumpPieces(dump)];
const statements = (dump: string): readonly string[] =>
  pieces(dump).map((piece) => (piece.kind === 'statement' ? piece.sql : piece.text));

test.each([
  ['quotes', `SELECT ';', E'\\';', ";"; SELECT 2`],
  ['dollar quotes', 'DO $x$ a; $$;$$ $x$; SELECT 2'],
  ['comments', 'SELECT 1 -- ;\n /* ; /* ; */ ; */; SELECT 2'],
  ['parentheses', 'CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 2'],
  [
    'BEGIN ATOMIC',
    'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC; SELECT 1; SELECT CASE 1 END; END; SELECT 2',
  ],
  ['CREATE OR REPLACE PROCEDURE', 'create or replace procedure p() begin atomic select 1; end; SELECT 2'],
])('a semicolon within %s ends nothing', (_, dump) => {
  const end = dump.lastIndexOf(' SELECT 2');
  expect(statements(dump)).toEqual([dump.slice(0, end), 'SELECT 2']);
});

test('BEGIN and CASE elsewhere are ordinary words', () => {
  expect(statements('BEGIN; SELECT CASE 1 WHEN 1 THEN 2 END; END;')).toHaveLength(3);
});

test('data belong to their COPY, whatever stands in them', () => {
  const dump = `COPY t (a) FROM stdin;\n;'\n\\connect\n\\.x\n\\.\nSELECT 1;\nCOPY u FROM STDIN WITH CSV;\r\n1\r\n\\.\r\n`;
  expect(pieces(dump)).toEqual([
    {
      kind: 'statement',
      sql: 'COPY t (a) FROM stdin;',
      line: 1,
      data: { text: `;'\n\\connect\n\\.x\n`, line: 2 },
    },
    { kind: 'statement', sql: 'SELECT 1;', line: 6 },
    { kind: 'statement', sql: 'COPY u FROM STDIN WITH CSV;', line: 7, data: { text: '1\r\n', line: 8 } },
  ]);
});

test('empty data and data cut short are data too', () => {
  expect(pieces('COPY t FROM stdin;\n\\.\n')).toMatchObject([{ data: { text: '' } }]);
  expect(pieces('COPY t FROM stdin;\n1\n2')).toMatchObject([{ data: { text: '1\n2' } }]);
});

test('COPY from elsewhere has no data', () => {
  expect(pieces(`COPY t FROM '/stdin';\nCOPY (SELECT 'FROM stdin') TO STDOUT;`)).toEqual([
    { kind: 'statement', sql: `COPY t FROM '/stdin';`, line: 1 },
    { kind: 'statement', sql: `COPY (SELECT 'FROM stdin') TO STDOUT;`, line: 2 },
  ]);
});

test('lines are those where a statement begins, after its comments', () => {
  const dump = `\uFEFF-- ;\n\n/* a\n; */ SELECT\n1;\\set x 1\n-- end`;
  expect(pieces(dump)).toEqual([
    { kind: 'statement', sql: 'SELECT\n1;', line: 4 },
    { kind: 'psql-command', text: '\\set x 1', line: 5 },
  ]);
});

test('any statements are found again when they are written one after the other', () => {
  const text = fc.string({
    unit: fc.constantFrom(';', "''", '$', ':', '-', '\n', ' ', 'x', '(', '\\'),
    maxLength: 12,
  });
  const statement = text.map((inside) => `SELECT '${inside}', $q$${inside}$q$ /*${inside}*/;`);
  fc.assert(
    fc.property(fc.array(statement), fc.constantFrom('\n', ' ', '\n-- ;\n'), (written, between) => {
      expect(statements(written.join(between))).toEqual(written);
    }),
  );
});
