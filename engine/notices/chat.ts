import { keyOf } from '../words/target.ts';
import type { ActionForPeople, Notice } from './notice.ts';
import { cut } from './wording.ts';

/**
 * A custom notification of Amazon Q Developer in chat applications (AWS Chatbot), from its documentation: what is in it
 * beyond `version`, `source` and `content.description` is optional there and given here.
 */
export interface ChatMessage {
  readonly version: '1.0';
  readonly source: 'custom';
  readonly content: {
    readonly textType: 'client-markdown';
    readonly title: string;
    readonly description: string;
    readonly nextSteps: readonly string[];
    readonly keywords: readonly string[];
  };
  readonly metadata: {
    /** Messages of one migration of a target are one thread. */
    readonly threadId: string;
    readonly summary: string;
    readonly eventType: string;
    readonly relatedResources: readonly string[];
  };
}

// The documentation names no lengths. These are those of the chat tools behind it (Slack: 3,000 a block), with room.
const longest = { title: 150, description: 2900, step: 1000, summary: 150 };

/** Structured for chat tools; SNS sends it to subscribers by HTTPS. */
export const chat = (notice: Notice): ChatMessage => ({
  version: '1.0',
  source: 'custom',
  content: {
    textType: 'client-markdown',
    title: cut(notice.headline, longest.title),
    description: cut(described(notice), longest.description),
    nextSteps: [
      ...notice.todo.map((doing) => cut(step(doing), longest.step)),
      ...(notice.otherwise === undefined ? [] : [cut(escaped(notice.otherwise), longest.step)]),
    ],
    keywords: ['Underpin', notice.migration, notice.target, notice.event],
  },
  metadata: {
    threadId: `underpin-${keyOf(notice)}`,
    summary: cut(notice.headline, longest.summary),
    eventType: `underpin-${notice.event}`,
    relatedResources: notice.related,
  },
});

const described = ({ said, sections }: Notice): string =>
  [
    ...said.map(escaped),
    ...sections.map(({ title, lines }) =>
      [`*${title}*`, ...lines.map((line) => `• ${escaped(line)}`)].join('\n'),
    ),
  ].join('\n\n');

const step = ({ what, command, link, input }: ActionForPeople): string =>
  [
    link === undefined || !link.startsWith('https:')
      ? [escaped(what), ...(link ? [link] : [])].join(': ')
      : `<${link}|${escaped(what)}>`,
    ...(command === undefined ? [] : [`\`${command}\``]),
    ...(input === undefined ? [] : [`\`${input}\``]),
  ].join(': ');

/** A text of ours or of a person means itself: no link, no mention. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
