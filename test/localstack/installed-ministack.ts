import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Another version may create less, or more: the list of what is left out is about this one. */
const miniStackVersion = '1.5.33';

const installWithinMs = 180_000;

export type Installed = { readonly command: string } | { readonly missing: string };

/** The pinned MiniStack, in a Python environment of its own under node_modules/.cache; made there when `install` says so. */
export function installedMiniStack({ install }: { readonly install: boolean }): Installed {
  const folder = resolve('node_modules/.cache/underpin', `ministack-${miniStackVersion}`);
  const command = join(folder, 'bin', 'ministack');
  // Written last: an installation that was interrupted is begun anew.
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return { command };
  if (!install) return { missing: 'MiniStack is not installed' };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const failed =
    failure('python3', ['-m', 'venv', folder]) ??
    failure(join(folder, 'bin', 'pip'), [
      'install',
      '--quiet',
      '--disable-pip-version-check',
      `ministack==${miniStackVersion}`,
    ]);
  if (failed !== undefined) {
    rmSync(folder, { recursive: true, force: true });
    return { missing: failed };
  }
  writeFileSync(complete, '');
  return { command };
}

/** Why a command failed, in its own last words; undefined when it did not. */
function failure(command: string, args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(command, [...args], {
    encoding: 'utf8',
    timeout: installWithinMs,
  });
  if (status === 0) return undefined;
  const said = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
  return `\`${[command, ...args].join(' ')}\` failed: ${said}`;
}
