import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A path in the project, or in what is built of it, from wherever the app is started. */
export const fromRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** What the build has bundled: beside this code in the package, in `dist` of a checkout. Raises an error where it is not built. */
export function builtFolder(path: string): string {
  const found = [fromRoot(path), fromRoot(`dist/${path}`)].find((folder) => existsSync(folder));
  if (found === undefined)
    throw new Error(`${path} is not built. Run \`npm run programs\`, or install the package anew`);
  return found;
}
