import type { ActionForPeople, Notice } from './notice.ts';
import { cut } from './wording.ts';

const width = 76;
/** SNS takes a subject of at most 100 characters of ASCII without control characters. */
const longestSubject = 100;

/** A subject that SNS takes, whatever a person has written. */
export const subject = ({ headline }: Notice): string =>
  `Underpin: ${headline}`
    .replaceAll('…', '...')
    .normalize('NFKD')
    .replaceAll(/[^ -~]+/gu, ' ')
    .replaceAll(/\s+/gu, ' ')
    .slice(0, longestSubject)
    .trim();

/** Plain text for a mailbox: wrapped, but for commands, links and what is to be typed, which must stay whole. */
export function email(notice: Notice): string {
  const { headline, said, sections, todo, otherwise } = notice;
  return [
    wrapped(headline),
    ...said.map((paragraph) => wrapped(paragraph)),
    ...sections.map(({ title, lines }) =>
      [title.toUpperCase(), ...lines.map((line) => wrapped(line, '  ', '        '))].join('\n'),
    ),
    ...todo.map(written),
    ...(otherwise === undefined ? [] : [wrapped(otherwise)]),
  ].join('\n\n');
}

const written = ({ what, command, link, input }: ActionForPeople): string =>
  [
    `${what}:`,
    ...[command, link, input].filter((part) => part !== undefined && part !== '').map((part) => `  ${part}`),
  ].join('\n');

/** For a telephone: what and where, in one message of GSM characters. */
export const sms = (notice: Notice): string => cut(subject(notice), 140).replaceAll('…', '.');

/** Fills lines at blanks; a word that is longer than a line stays whole. */
function wrapped(text: string, first = '', next = first): string {
  return text
    .split('\n')
    .map((line) => fill(line.trim().split(/ (?! )/u), first, next))
    .join('\n');
}

function fill(words: readonly string[], first: string, next: string): string {
  const lines: string[] = [];
  let line = first;
  for (const word of words) {
    const begins = line === first || line === next;
    if (!begins && line.length + 1 + word.length > width) {
      lines.push(line);
      line = next + word;
    } else line += begins ? word : ` ${word}`;
  }
  return [...lines, line].join('\n').trimEnd();
}
