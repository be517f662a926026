import { utcText } from '../spec/change-window.ts';
import type { ActionForPeople, DeploymentLinks, Section } from './notice.ts';

const units = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const;

/** A time span in its two largest units: `7 days`, `2 hours 30 minutes`. */
export function inWords(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  const parts = units.map(([size, unit]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? '' : `${count} ${unit}${count === 1 ? '' : 's'}`;
  });
  const first = parts.findIndex((part) => part !== '');
  return first < 0 ? '0 seconds' : [parts[first], parts[first + 1]].filter(Boolean).join(' ');
}

/** `2026-12-08T06:00Z (in 7 days)`, counted from a moment. */
export const deadline = (from: string, seconds: number): string =>
  `${utcText(Date.parse(from) + seconds * 1000)} (in ${inWords(seconds)})`;

/** The one command line, quoted for a shell; whoever has read why writes the reason. */
export const command = (verb: string, { options }: DeploymentLinks, ...more: readonly string[]): string =>
  ['npx underpin', verb, ...(options === '' ? [] : [options]), ...more].join(' ');

/** A decision, named by the hold that waits. */
export const decideBy = (
  decision: 'approve' | 'reject',
  { migration, hold }: { readonly migration: string; readonly hold: string },
  place: DeploymentLinks,
  ...more: readonly string[]
): string => command(`${decision} ${hold} --migration ${migration}`, place, ...more, '--reason "…"');

const consoles: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** The page of a state machine or an execution in the console of its own region. Empty for what is no ARN. */
export function consoleLink(arn: string): string {
  const [, partition = '', , region = '', , type] = arn.split(':');
  if (region === '' || type === undefined) return '';
  const site = `https://${region}.${consoles[partition] ?? consoles['aws']}/states/home?region=${region}`;
  const page = type === 'execution' ? 'v2/executions/details' : 'statemachines/view';
  return `${site}#/${page}/${encodeURIComponent(arn)}`;
}

export const openExecution = (execution: string): ActionForPeople => ({
  what: 'See what it did',
  link: consoleLink(execution),
});

/** How the decide machine is asked in the console. */
export const decideInConsole = (
  place: DeploymentLinks,
  input: Readonly<Record<string, string | boolean>>,
): ActionForPeople => ({
  what: 'Or in the console: Start execution, with this input',
  link: consoleLink(place.decideMachine),
  input: JSON.stringify(input),
});

export const startAgain = (migration: string, place: DeploymentLinks): ActionForPeople => ({
  what: 'When the cause is fixed, start it again; it goes on from its checkpoints',
  command: command(`start ${migration}`, place),
});

/** A heading in words: `decide-a-gate` is Decide a gate. */
export const runbookAt = ({ runbook }: DeploymentLinks, heading: string): ActionForPeople => ({
  what: `The runbook, ${heading.replaceAll('-', ' ')}`,
  link: `${runbook}#${heading}`,
});

const mostLines = 40;
const longestLine = 400;

/** Lines for people, as many as are read; what is left out is said. */
export function noticeSection(title: string, lines: readonly string[]): Section {
  const kept = lines.slice(0, mostLines).map((line) => cut(line, longestLine));
  const left = lines.length - kept.length;
  return { title, lines: left > 0 ? [...kept, `… and ${left} more; see \`underpin status\``] : kept };
}

/** Cut visibly, between characters. */
export function cut(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most
    ? text
    : `${characters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`;
}
