import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { sectionOf } from '../../report/phase-of-state.ts';

const { States } = z
  .object({ States: z.record(z.string(), z.unknown()) })
  .parse(
    JSON.parse(readFileSync(new URL('../../statemachines/migration.asl.json', import.meta.url), 'utf8')),
  );
const states = Object.keys(States);

test('every state of a migration is in a phase, but for those in which it did not start or stopped short', () => {
  const outside = states.filter((state) => sectionOf(state) === undefined);
  expect(outside).toEqual([
    'Already running',
    'Taken over',
    'Write the report for people',
    'Tell that people must look',
    'People must look',
    'Tell that it did not start',
    'Did not start',
  ]);
});

test('a rollback begins where the old shape comes back', () => {
  expect(states.find((state) => sectionOf(state) === 'rollback')).toBe('Bring the old shape back');
});
