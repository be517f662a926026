import { aboutSeconds } from '../../engine/words/amounts.ts';
import type { Preview, PreviewedStatement } from '../../engine/preview/preview.ts';
import { countedOutcomes, overviewRow } from './overview.ts';
import type { Outcome, Planned } from './outcome.ts';

/** By it a workflow finds the comment that it wrote before. */
export const commentMark = '<!-- underpin plan -->';

// GitHub takes 65,536 characters, GitLab a million; a line of the workflow's own may follow.
const mostCharacters = 60_000;
const mostRows = 60;
const longestText = 1500;

const marks: Readonly<Record<Outcome, string>> = {
  ready: '✅',
  completed: '☑️',
  open: '📝',
  wrong: '❌',
  'not ready': '⏳',
  'not asked': '❔',
};

/** A comment on a pull request: an overview, what is wrong, and each plan folded away, as far as a comment has room. */
export function plansMarkdown(planned: readonly Planned[]): string {
  const parts: string[] = [
    commentMark,
    `**underpin plan**: ${countedOutcomes(planned)}`,
    '',
    ...overview(planned),
    '',
  ];
  let left = mostCharacters - lengthOf(parts);
  let omitted = 0;
  for (const each of planned) {
    const written = [problems(each), plan(each, true), plan(each, false)].filter((text) => text !== '');
    const fits = written.find((text) => text.length + 2 <= left);
    if (fits === undefined) omitted += written.length === 0 ? 0 : 1;
    else {
      parts.push(fits, '');
      left -= fits.length + 2;
    }
  }
  if (omitted > 0)
    parts.push(
      `Left out for want of room: ${omitted} of ${planned.length}. \`underpin plan\` shows them at a terminal.`,
    );
  return parts.join('\n').trimEnd();
}

const lengthOf = (parts: readonly string[]): number => parts.reduce((sum, part) => sum + part.length + 1, 0);

function overview(planned: readonly Planned[]): readonly string[] {
  const rows = planned.slice(0, mostRows).map((each) => {
    const { migration, change, table, rows: count, time, reversible } = overviewRow(each);
    const cells = [migration, change, table, count, time, reversible].map((cell) => inline(cell));
    return `| ${marks[each.outcome]} ${each.outcome} | ${cells.join(' | ')} |`;
  });
  const more = planned.length - rows.length;
  return [
    '| | migration | change | table | rows | time | reversible until |',
    '|---|---|---|---|--:|--:|---|',
    ...rows,
    ...(more > 0 ? [`| | and ${more} more | | | | | |`] : []),
  ];
}

function problems({ file, outcome, message }: Planned): string {
  if (message === '') return '';
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  return [
    `${marks[outcome]} \`${file.replaceAll('`', "'")}\``,
    '',
    ...lines.map((line) => `- ${inline(line)}`),
  ].join('\n');
}

function plan({ preview }: Planned, withSql: boolean): string {
  if (preview === null) return '';
  const body = [...phases(preview, withSql), ...findings(preview), ...checklist(preview)];
  if (body.length === 0) return '';
  return [
    `<details><summary>${inline(`${preview.migration}: ${preview.goal}`)}</summary>`,
    '',
    ...body,
    '</details>',
  ].join('\n');
}

function phases({ phases: all, estimate }: Preview, withSql: boolean): readonly string[] {
  return (all ?? []).flatMap(({ phase, statements, undo }) => {
    const time = estimate?.phases.find((each) => each.phase === phase);
    const works =
      time === undefined || time.workSeconds === 0 ? '' : `, works ${aboutSeconds(time.workSeconds)}`;
    const waits =
      time === undefined || time.windowSeconds === 0 ? '' : `, waits ${aboutSeconds(time.windowSeconds)}`;
    const back = 'irreversible' in undo ? [`- **nothing undoes this**: ${inline(undo.irreversible)}`] : [];
    return [
      `**${phase}**${works}${waits}`,
      '',
      ...statements.map((each) => `- ${inline(each.does)}: ${lockText(each)}`),
      ...back,
      '',
      ...(withSql && statements.length > 0 ? [fenced(statements.flatMap(({ sql }) => sql)), ''] : []),
    ];
  });
}

function lockText({ lock, held, scans }: PreviewedStatement): string {
  const reads = scans === 0 ? 'no scan' : `${scans === 1 ? 'one scan' : 'two scans'} beside the traffic`;
  return `${lock === 'none' ? 'no table lock' : `${lock} for ${held}`}; ${reads}`;
}

/** A fence longer than any in it: SQL of an author's may hold backticks. */
function fenced(sql: readonly string[]): string {
  const text = sql.map((statement) => `${statement};`).join('\n');
  const longest = Math.max(2, ...[...text.matchAll(/`+/gu)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}sql\n${text}\n${fence}`;
}

const findings = ({ findings: all }: Preview): readonly string[] =>
  all.length === 0
    ? []
    : [
        '**Findings**',
        '',
        ...all.map(
          ({ key, fact, remedy }) =>
            `- ${inline([key && `${key}:`, `${fact}.`, remedy && `${remedy}.`].filter(Boolean).join(' '))}`,
        ),
        '',
      ];

function checklist({ checklist: items, statistics }: Preview): readonly string[] {
  const open = items.filter(
    ({ state, how }) => state === 'open' && (statistics !== null || !how.startsWith('Give --')),
  );
  if (open.length === 0) return [];
  return [
    '**Still required before start**',
    '',
    ...open.map(({ item, answer, how }) => `- ${item}: ${inline(`${answer}. ${how}.`)}`),
    '',
  ];
}

/** Text of files and databases as text: no markup, no HTML, nobody mentioned, one line. */
function inline(text: string): string {
  const short = text.length > longestText ? `${text.slice(0, longestText)}…` : text;
  return short
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/[&<>@#\\`*_[\]|~]/gu, (sign) => entities[sign] ?? `\\${sign}`);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '@': '&#64;',
  '#': '&#35;',
};
