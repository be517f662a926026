import { expect, test } from 'vitest';
import { walkStatements } from '../../../../engine/dialects/postgres/walk.ts';

test('a table with a quote and a backslash in its name is still that table', () => {
  const { cut } = walkStatements({ schema: 'public', name: "it's a \\" }, [{ name: 'id', type: 'integer' }], {
    assigned: [{ column: '"a"', value: '"b"' }],
    unfilled: '"a" IS NULL',
    settings: null,
  });
  expect(cut).toContain(`pg_relation_size(E'"public"."it''s a \\\\"'::regclass)`);
});
