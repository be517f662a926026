import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';

const root = new URL('../../', import.meta.url);
const names = z.record(z.string(), z.string());
const packageOf = (file: string) =>
  z
    .object({
      version: z.string(),
      dependencies: names.optional(),
      peerDependencies: names.default({}),
      peerDependenciesMeta: z.record(z.string(), z.unknown()).default({}),
      bin: names.optional(),
      exports: z.record(z.string(), z.unknown()),
    })
    .parse(JSON.parse(readFileSync(new URL(file, root), 'utf8')));
const {
  version,
  dependencies = {},
  peerDependencies,
  peerDependenciesMeta,
  bin,
  exports,
} = packageOf('package.json');

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

// Where handlers lie bundled, nobody bundles.
const fromSourcesAlone = new Set(['esbuild']);

describe('the package', () => {
  test('brings every package that its program needs when it runs', () => {
    const needed = [...packagesFrom(new URL('bin/underpin.ts', root))].filter(
      (name) => !builtinModules.includes(name) && !fromSourcesAlone.has(name),
    );
    expect(needed.filter((name) => dependencies[name] === undefined)).toEqual([]);
  });

  test('finds the packages of the command line and of the rehearsal at all', () => {
    const found = packagesFrom(new URL('bin/underpin.ts', root));
    for (const name of ['commander', 'pg', 'dynalite']) expect(found).toContain(name);
  });

  test('leaves the CDK to those who deploy', () => {
    const needed = [...packagesFrom(new URL('infra/cdk.ts', root))];
    expect(Object.keys(peerDependencies).toSorted()).toEqual(['aws-cdk-lib', 'constructs']);
    expect(Object.keys(peerDependenciesMeta)).toEqual(Object.keys(peerDependencies));
    expect(needed.filter((name) => !(name in dependencies) && !(name in peerDependencies))).toEqual([]);
    expect(Object.keys(dependencies)).not.toContain('aws-cdk-lib');
  });

  test('of the client needs no other', () => {
    expect([...packagesFrom(new URL('client/index.ts', root))]).toEqual([]);
    const client = packageOf('client/package.json');
    expect([client.version, client.dependencies]).toEqual([version, undefined]);
  });

  test('points at files that the build makes of sources that are there', () => {
    expect(bin).toEqual({ underpin: 'dist/bin/underpin.js' });
    expect(existsSync(fileURLToPath(new URL('bin/underpin.ts', root)))).toBe(true);
    expect(exports['./cdk']).toEqual({ types: './dist/infra/cdk.d.ts', default: './dist/infra/cdk.js' });
    expect(existsSync(fileURLToPath(new URL('infra/cdk.ts', root)))).toBe(true);
  });
});
