import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { errors } from '../../../../engine/dialects/postgres/errors.ts';
import { findPostgresBinaries } from '../../../../rehearsal/database/postgres-binaries.ts';

test('every SQLSTATE of the server’s own list is shown, and is one that PostgreSQL knows', () => {
  const list = path.join(
    path.dirname(findPostgresBinaries().initdb),
    '..',
    'share',
    'postgresql',
    'errcodes.txt',
  );
  const states = [...readFileSync(list, 'utf8').matchAll(/^([0-9A-Z]{5})\s/gmu)].map(
    ([, state = '']) => state,
  );
  expect(states.length).toBeGreaterThan(200);
  expect(states.map((state) => errors.shown(state))).toEqual(states);
});
