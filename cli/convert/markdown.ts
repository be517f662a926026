import { fencedCode, inlineText } from '../markdown-text.ts';
import { oneLine, type ConvertedStatement } from './converted.ts';
import { countedVerdicts, reasons } from './formats.ts';

const marks = { safe: '✅', unsafe: '❌', unknown: '❔' } as const;

// As a comment on a pull request has room for.
const mostCharacters = 60_000;

/** A comment on a pull request: what is not safe, and the migrations that do the same. */
export function convertMarkdown(statements: readonly ConvertedStatement[]): string {
  const listed = statements.filter(({ verdict }) => verdict !== 'safe');
  const parts = [
    '<!-- underpin convert -->',
    `**underpin convert**: ${countedVerdicts(statements) || 'no statement'}`,
    '',
    ...(listed.length === 0 ? [] : ['| | where | lock | rows | statement |', '|---|---|---|---|---|']),
  ];
  const more = [
    ...listed.map(row),
    '',
    ...listed.flatMap(({ migrations }) => migrations).map(({ file, text }) => folded(file, text)),
  ];
  let left = mostCharacters - parts.join('\n').length;
  let omitted = 0;
  for (const part of more) {
    if (part.length + 1 <= left) parts.push(part);
    else omitted += 1;
    left -= part.length + 1;
  }
  if (omitted > 0)
    parts.push(`Left out for want of room: ${omitted}. \`underpin convert\` shows them at a terminal.`);
  return parts.join('\n').trimEnd();
}

function row({
  file,
  line,
  verdict,
  lock,
  work,
  sql,
  findings,
  migrations,
  refused,
}: ConvertedStatement): string {
  const why = reasons({ findings, migrations, refused }).join(' ');
  const where = `${inlineText(file)}:${line}`;
  return `| ${marks[verdict]} ${verdict} | ${where} | ${lock} | ${work === 'none' ? '' : work} | ${inlineText(oneLine(sql, 100))}<br>${inlineText(why)} |`;
}

const folded = (file: string, text: string): string =>
  [
    '',
    `<details><summary>${inlineText(file)}</summary>`,
    '',
    fencedCode(text.trimEnd(), 'yaml'),
    '',
    '</details>',
  ].join('\n');
