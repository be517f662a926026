import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { linkLibraries } from '../../../rehearsal/database/link-libraries.ts';

/** As npm unpacks the package where it may run no script. */
function unpacked(): string {
  const folder = mkdtempSync(join(tmpdir(), 'underpin-libraries-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const native = join(folder, 'native');
  mkdirSync(join(native, 'lib'), { recursive: true });
  writeFileSync(join(native, 'lib', 'libpq.so.5.18'), 'the library');
  const link = { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' };
  writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify([link]));
  return native;
}

test('libraries are found by the names that programs load, also when it is said twice', () => {
  const native = unpacked();
  linkLibraries(native);
  linkLibraries(native);
  expect(readFileSync(join(native, 'lib', 'libpq.so.5'), 'utf8')).toBe('the library');
  expect(readlinkSync(join(native, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
});

test('a package that names no links is left as it is', () => {
  const native = unpacked();
  rmSync(join(native, 'pg-symlinks.json'));
  expect(() => linkLibraries(native)).not.toThrow();
});
