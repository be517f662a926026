import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';

const root = new URL('../../', import.meta.url);
const names = z.record(z.string(), z.string());
const { dependencies, bin, exports, files } = z
  .object({
    dependencies: names,
    bin: names,
    exports: z.record(z.string(), z.unknown()),
    files: z.array(z.string()),
  })
  .parse(JSON.parse(readFileSync(new URL('package.json', root), 'utf8')));

const imported =
  /^(?:import|export)\s(?!type\b)[^;]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gmu;

/** Every package that a source file needs when it runs, through all that it imports. */
function packagesFrom(entry: URL, seen = new Set<string>()): ReadonlySet<string> {
  const found = new Set<string>();
  if (seen.has(entry.href)) return found;
  seen.add(entry.href);
  for (const [, one, two, three] of readFileSync(entry, 'utf8').matchAll(imported)) {
    const from = one ?? two ?? three ?? '';
    if (from.startsWith('.')) for (const name of packagesFrom(new URL(from, entry), seen)) found.add(name);
    else if (!from.startsWith('node:'))
      found.add(
        from
          .split('/')
          .slice(0, from.startsWith('@') ? 2 : 1)
          .join('/'),
      );
  }
  return found;
}

describe('the package', () => {
  const entries = ['cli/main.ts', 'client/index.ts'].filter((entry) => existsSync(new URL(entry, root)));

  test.each(entries)('brings every package that %s needs when it runs', (entry) => {
    const needed = [...packagesFrom(new URL(entry, root))].filter((name) => !builtinModules.includes(name));
    expect(needed.filter((name) => dependencies[name] === undefined)).toEqual([]);
  });

  test('finds the packages of the command line at all', () => {
    expect(packagesFrom(new URL('cli/main.ts', root))).toContain('commander');
    expect(packagesFrom(new URL('cli/main.ts', root))).toContain('pg');
  });

  test('leaves the CDK to those who deploy', () => {
    expect(dependencies['aws-cdk-lib']).toBeUndefined();
  });

  test('points at files that the build makes of sources that are there', () => {
    expect(bin).toEqual({ underpin: 'dist/cli/main.js' });
    expect(existsSync(fileURLToPath(new URL('cli/main.ts', root)))).toBe(true);
    expect(exports['./client']).toEqual({
      types: './dist/client/index.d.ts',
      default: './dist/client/index.js',
    });
    expect(files).toContain('dist');
  });
});
