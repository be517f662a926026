import { aboutSeconds } from '../../engine/words/amounts.ts';
import type { Preview, PreviewedStatement } from '../../engine/preview/preview.ts';
import { fencedCode, inlineText } from '../markdown-text.ts';
import { countedOutcomes, overviewRow } from './overview.ts';
import type { Outcome, PlannedFile } from './outcome.ts';
import { offeredYaml } from './offered-yaml.ts';

/** By it a workflow finds the comment that it wrote before. */
export const commentMark = '<!-- underpin plan -->';

// GitHub takes 65,536 characters, GitLab a million; a line of the workflow's own may follow.
const mostCharacters = 60_000;
const mostRows = 60;

const marks: Readonly<Record<Outcome, string>> = {
  ready: '✅',
  completed: '☑️',
  open: '📝',
  wrong: '❌',
  'not ready': '⏳',
  'not asked': '❔',
};

/** A comment on a pull request: an overview, what is wrong, and each plan folded away, as far as a comment has room. */
export function plansMarkdown(planned: readonly PlannedFile[]): string {
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

function overview(planned: readonly PlannedFile[]): readonly string[] {
  const rows = planned.slice(0, mostRows).map((each) => {
    const { migration, change, table, rows: count, time, reversible } = overviewRow(each);
    const cells = [migration, change, table, count, time, reversible].map(inlineText);
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

function problems({ file, outcome, message }: PlannedFile): string {
  if (message === '') return '';
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  return [
    `${marks[outcome]} \`${file.replaceAll('`', "'")}\``,
    '',
    ...lines.map((line) => `- ${inlineText(line)}`),
  ].join('\n');
}

function plan({ preview }: PlannedFile, withSql: boolean): string {
  if (preview === null) return '';
  const body = [...phases(preview, withSql), ...findings(preview), ...offers(preview), ...checklist(preview)];
  if (body.length === 0) return '';
  return [
    `<details><summary>${inlineText(`${preview.migration}: ${preview.goal}`)}</summary>`,
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
    const back =
      'irreversible' in undo ? [`- **nothing undoes this**: ${inlineText(undo.irreversible)}`] : [];
    return [
      `**${phase}**${works}${waits}`,
      '',
      ...statements.map((each) => `- ${inlineText(each.does)}: ${lockText(each)}`),
      ...back,
      '',
      ...(withSql && statements.length > 0 ? [fencedCode(scriptOf(statements), 'sql'), ''] : []),
    ];
  });
}

const scriptOf = (statements: readonly PreviewedStatement[]): string =>
  statements
    .flatMap(({ sql }) => sql)
    .map((statement) => `${statement};`)
    .join('\n');

function lockText({ lock, held, scans }: PreviewedStatement): string {
  const reads = scans === 0 ? 'no scan' : `${scans === 1 ? 'one scan' : 'two scans'} beside the traffic`;
  return `${lock === 'none' ? 'no table lock' : `${lock} for ${held}`}; ${reads}`;
}

const findings = ({ findings: all }: Preview): readonly string[] =>
  all.length === 0
    ? []
    : [
        '**Findings**',
        '',
        ...all.map(
          ({ key, fact, remedy }) =>
            `- ${inlineText([key && `${key}:`, `${fact}.`, remedy && `${remedy}.`].filter(Boolean).join(' '))}`,
        ),
        '',
      ];

const offers = ({ offers: all }: Preview): readonly string[] =>
  all.length === 0 ? [] : ['**Dependents**', '', fencedCode(offeredYaml(all).join('\n'), 'yaml'), ''];

function checklist({ checklist: items, statistics }: Preview): readonly string[] {
  const open = items.filter(
    ({ state, how }) => state === 'open' && (statistics !== null || !how.startsWith('Give --')),
  );
  if (open.length === 0) return [];
  return [
    '**Still required before start**',
    '',
    ...open.map(({ item, answer, how }) => `- ${item}: ${inlineText(`${answer}. ${how}.`)}`),
    '',
  ];
}
