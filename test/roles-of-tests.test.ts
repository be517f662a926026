import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

// A role belongs to the server that all tests share: what one file makes and drops, another one would lose or fail to make.
test('no two files of tests make a role of the same name', () => {
  const makers = new Map<string, Set<string>>();
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((path) =>
    /(?<!roles-of-tests\.test)\.ts$/u.test(path),
  );
  for (const file of files)
    for (const [, quoted, bare] of readFileSync(`test/${file}`, 'utf8').matchAll(
      /CREATE ROLE (?:"([^"]+)"|([a-z_]+))/gu,
    )) {
      const role = quoted ?? bare ?? '';
      makers.set(role, (makers.get(role) ?? new Set()).add(file));
    }
  expect(makers.size).toBeGreaterThan(5);
  expect(
    [...makers].filter(([, where]) => where.size > 1).map(([role, where]) => [role, [...where]]),
  ).toEqual([]);
});
