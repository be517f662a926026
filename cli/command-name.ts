import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** How this program is called in the commands that it prints, so that they can be copied: by npx where a shell would not find it. */
export const underpin = isOnPath(process.env['PATH'] ?? '') ? 'underpin' : 'npx underpin';

/** npx and npm's scripts put folders of their own first, which a person's shell does not have. */
export function isOnPath(path: string, name = 'underpin'): boolean {
  const own = /[\\/]node_modules[\\/]\.bin[\\/]?$|[\\/]node-gyp-bin[\\/]?$|[\\/]_npx[\\/]/u;
  return path
    .split(delimiter)
    .filter((folder) => folder !== '' && !own.test(folder))
    .some((folder) => isExecutable(join(folder, name)) || isExecutable(join(folder, `${name}.cmd`)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
