import { plural } from '../../engine/words/amounts.ts';
import type { Screen } from '../screen.ts';
import { wrapText } from '../wrap-text.ts';
import { oneLine, type ConvertedStatement } from './converted.ts';

type Shown = Pick<Screen, 'styled' | 'columns'>;

const verdicts = ['safe', 'unsafe', 'unknown'] as const;
const colours = { safe: 'green', unsafe: 'red', unknown: 'yellow' } as const;

export const countedVerdicts = (statements: readonly ConvertedStatement[]): string =>
  verdicts
    .map((verdict) => ({ verdict, count: statements.filter((each) => each.verdict === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${verdict}`)
    .join(', ');

/** For people: of one file every statement, of several those that are not safe. */
export function convertText(statements: readonly ConvertedStatement[], shown: Shown): string {
  const files = [...new Set(statements.map(({ file }) => file))];
  const sections = files.flatMap((file) => {
    const own = statements.filter((each) => each.file === file);
    const listed = files.length === 1 ? own : own.filter(({ verdict }) => verdict !== 'safe');
    return listed.length === 0 ? [] : [section(file, own, listed, shown)];
  });
  const sum = `${plural(statements.length, 'statement')}${files.length > 1 ? ` in ${plural(files.length, 'file')}` : ''}: ${countedVerdicts(statements) || 'nothing to judge'}.`;
  return [
    ...sections,
    [sum, ...advice(statements)]
      .map((text) => wrapText(text, { width: shown.columns, indent: '' }))
      .join('\n'),
  ].join('\n\n');
}

/** Milliseconds are what it holds its lock, not what it waits for it, with everybody behind it. */
const advice = (statements: readonly ConvertedStatement[]): readonly string[] =>
  statements.some(({ verdict, lock }) => verdict === 'safe' && lock !== 'none')
    ? [
        "Safe means: its lock is held for milliseconds. Everybody waits behind a statement that waits for its lock: run it under SET lock_timeout = '500ms', and again where that fails.",
      ]
    : [];

function section(
  file: string,
  own: readonly ConvertedStatement[],
  listed: readonly ConvertedStatement[],
  shown: Shown,
): string {
  const explained = listed
    .filter(({ verdict }) => verdict !== 'safe')
    .map((each) => explanation(each, shown));
  return [`${shown.styled('bold', file)}: ${countedVerdicts(own)}`, table(listed, shown), ...explained].join(
    '\n\n',
  );
}

const workText = { none: '', scan: 'scan', rewrite: 'rewrite' } as const;

function table(statements: readonly ConvertedStatement[], { styled, columns }: Shown): string {
  const rows = statements.map(({ line, verdict, lock, work, sql }) => ({
    cells: [String(line), verdict, lock, workText[work]],
    sql,
    verdict,
  }));
  const head = ['LINE', 'VERDICT', 'LOCK', 'ROWS'];
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map(({ cells }) => cells[at]?.length ?? 0)),
  );
  const padded = (cells: readonly string[]): readonly string[] =>
    cells.map((cell, at) => (at === 0 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)));
  const left = columns - widths.reduce((sum, width) => sum + width + 2, 0);
  return [
    [...padded(head), 'STATEMENT'].join('  '),
    ...rows.map(({ cells, sql, verdict }) => {
      const [line = '', said = '', ...more] = padded(cells);
      return [line, styled(colours[verdict], said), ...more, oneLine(sql, Math.max(left, 20))].join('  ');
    }),
  ].join('\n');
}

function explanation(
  { line, verdict, ...statement }: ConvertedStatement,
  { styled, columns }: Shown,
): string {
  const wrapped = (text: string): string => wrapText(text, { width: columns, first: '  ', indent: '    ' });
  return [
    `Line ${line}, ${verdict}`,
    ...reasons(statement).map(wrapped),
    ...statement.migrations.map(({ file }) => wrapped(`becomes ${styled('green', file)}`)),
    ...(statement.migrations.length > 0 && statement.keeps.length > 0
      ? [wrapped(`stays, as a statement of its own: ${statement.keeps.join('; ')}`)]
      : []),
  ].join('\n');
}

/** What is wrong, with what to do where no migration does it. */
export const reasons = ({
  findings,
  migrations,
  refused,
}: Pick<ConvertedStatement, 'findings' | 'migrations' | 'refused'>): readonly string[] => [
  ...findings.map(({ rule, fact, remedy, isAnswered }) =>
    isAnswered && migrations.length > 0 ? `${rule}: ${fact}.` : `${rule}: ${fact}. ${remedy}`,
  ),
  ...refused.map((why) => `no migration is written: ${why}`),
];

/** For programs. Keys are added, never renamed. */
export const convertJson = (statements: readonly ConvertedStatement[]): string =>
  JSON.stringify(
    {
      format: 'underpin-convert-1',
      statements: statements.map((each) => ({
        file: each.file,
        line: each.line,
        sql: each.sql,
        verdict: each.verdict,
        lock: each.lock,
        work: each.work,
        findings: each.findings.map(({ rule, fact, remedy }) => ({ rule, fact, remedy })),
        keeps: each.keeps,
        refused: each.refused,
        migrations: each.migrations.map(({ file }) => file),
      })),
      migrations: statements.flatMap(({ migrations }) => migrations),
    },
    null,
    2,
  );
