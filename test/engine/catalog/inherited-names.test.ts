import { expect, test } from 'vitest';
import { freeNames, namesFor } from '../../../engine/catalog/inherited-names.ts';
import { dialectOf } from '../../../engine/dialects/dialects.ts';

const { names: postgresNames } = dialectOf('postgres');

test.each([
  { name: 'users_email_key', says: 'users_email_address_key' },
  { name: 'lookup', says: 'lookup_email_address' },
  { name: 'email', says: 'email_address' },
])('$name is inherited as $says', ({ name, says }) => {
  expect(namesFor(name, 'email', 'email_address', postgresNames).slice(0, 2)).toEqual([says, `${says}_1`]);
});

test('a new name that looks like a replacement pattern is taken word for word', () => {
  expect(namesFor('users_email_key', 'email', '$&$1', postgresNames)[0]).toBe('users_$&$1_key');
});

test('the first free name is taken, once', () => {
  const free = freeNames(['a']);
  expect([['a', 'a_1', 'a_2'], ['a', 'a_1', 'a_2'], ['b']].map(free)).toEqual(['a_1', 'a_2', 'b']);
  expect(() => free(['a'])).toThrow('all of these names are taken: a');
});

test('long names stay within 63 bytes and apart', () => {
  const names = namesFor(`${'x'.repeat(60)}_email`, 'email', 'é'.repeat(30), postgresNames);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(63);
});
