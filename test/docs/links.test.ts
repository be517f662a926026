import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const pages = ['.', 'docs', 'docs/changes', 'bench', 'client'].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);
const textOf = (page: string): string => readFileSync(page, 'utf8').replaceAll(/^```[^]*?^```$/gmu, '');

/** As GitHub names a heading. */
const anchorOf = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/gu, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');
const anchorsOf = (page: string): readonly string[] =>
  [...textOf(page).matchAll(/^#+ (.*)$/gmu)].map(([, heading = '']) => anchorOf(heading.trim()));

test.each(pages)('every link of %s leads to a file, and to a heading that it has', (page) => {
  const broken = [...textOf(page).matchAll(/\]\((?![a-z]+:)([^)\s#]*)(?:#([^)\s]*))?\)/gu)]
    .map(([, path = '', anchor]) => ({
      to: path === '' ? page : normalize(join(dirname(page), path)),
      anchor,
    }))
    .filter(
      ({ to, anchor }) =>
        !existsSync(to) || (anchor !== undefined && to.endsWith('.md') && !anchorsOf(to).includes(anchor)),
    );
  expect(broken).toEqual([]);
});

// A decision outlives the files that it was made for.
test.each(['docs/decisions.md', 'CONTRIBUTING.md'])('every file that %s names is there', (page) => {
  const folders = ['engine', 'lambdas', 'infra', 'cli', 'client', 'report', 'rehearsal', 'statemachines'];
  const paths = folders.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }));
  const names = new Set([...readdirSync('.'), ...paths.map((path) => basename(path))]);
  const named = [...textOf(page).matchAll(/`(\w[\w./-]*\.(?:ts|ya?ml|json|sql|mjs))`/gu)].map(
    ([, file = '']) => file,
  );
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((file) => !(file.includes('/') ? existsSync(file) : names.has(file)))).toEqual([]);
});
