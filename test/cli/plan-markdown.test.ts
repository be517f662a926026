import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { plansMarkdown } from '../../cli/plan/markdown.ts';
import { codeOf, type Outcome, type PlannedFile } from '../../cli/plan/outcome.ts';
import { preview, type Preview } from '../../engine/preview/preview.ts';
import { parseSpec } from '../../engine/spec/spec.ts';

const file = 'migrations/0001-rename-users-email.yaml';
const spec = parseSpec(readFileSync(file, 'utf8'), file);
const bare = preview(spec, null, { today: '2026-12-01' });
const statement = {
  does: 'add a column',
  lock: 'ACCESS EXCLUSIVE' as const,
  held: 'milliseconds' as const,
  scanSeconds: null,
  scans: 0,
  waitsAtMostMs: 500,
};

function planned(more: Partial<PlannedFile> = {}, sql = 'SELECT 1'): PlannedFile {
  const phases: Preview['phases'] = [
    { phase: 'expand', statements: [{ ...statement, sql: [sql] }], undo: [] },
  ];
  const shown = { ...bare, phases };
  return { file, spec, outcome: 'ready', message: '', atTerminal: '', problems: [], preview: shown, ...more };
}

test('a comment has the mark, the overview and each plan folded away', () => {
  const text = plansMarkdown([planned()]);
  expect(text.split('\n').slice(0, 5)).toEqual([
    '<!-- underpin plan -->',
    '**underpin plan**: 1 ready',
    '',
    '| | migration | change | table | rows | time | reversible until |',
    '|---|---|---|---|--:|--:|---|',
  ]);
  expect(text).toContain('| ✅ ready | rename-users-email | rename-column | public.users |');
  expect(text).toContain('<details><summary>rename-users-email: ');
  expect(text).toContain('- add a column: ACCESS EXCLUSIVE for milliseconds; no scan');
  expect(text).toContain('```sql\nSELECT 1;\n```');
});

test('what is wrong is there, without the keys of rows, and as text: no markup, no HTML, nobody is mentioned', () => {
  const message = 'm.yaml:1:1 goal: `x` </details> @everyone #1 [a](https://b) | c';
  const text = plansMarkdown([
    planned({ outcome: 'wrong', message, atTerminal: `${message}\n  by key: (secret)`, preview: null }),
  ]);
  expect(text).toContain('&lt;/details&gt; &#64;everyone &#35;1 \\[a\\](https://b) \\| c');
  expect(text).not.toContain('secret');
});

test('SQL with a fence in it stays inside of its own', () => {
  expect(plansMarkdown([planned({}, 'SELECT $$\n```\n</details>$$')])).toContain('````sql\n');
});

test('a comment stays within what GitHub takes: SQL goes first, then whole plans, and it says so', () => {
  const long = planned({}, 'x'.repeat(25_000));
  const some = plansMarkdown([long, long, long]);
  expect(some.length).toBeLessThan(65_000);
  expect(some.match(/^x+;$/gmu)).toHaveLength(2);
  expect(some.match(/- add a column/gu)).toHaveLength(3);

  const many = plansMarkdown(
    Array.from({ length: 500 }, () =>
      planned({ outcome: 'wrong', message: 'a '.repeat(20_000), preview: null }),
    ),
  );
  expect(many.length).toBeLessThan(65_000);
  expect(many).toContain('and 440 more');
  expect(many).toMatch(/Left out for want of room: \d+ of 500/u);
});

test.each<[readonly Outcome[], number]>([
  [['ready', 'completed'], 0],
  [['ready', 'open'], 1],
  [['open', 'not ready'], 3],
  [['not ready', 'not asked'], 4],
  [['not asked', 'wrong', 'open'], 2],
])('%j together have exit code %i', (outcomes, code) => {
  expect(codeOf(outcomes.map((outcome) => planned({ outcome })))).toBe(code);
});
