import { stripVTControlCharacters } from 'node:util';
import type { Screen, Style } from './screen.ts';
import { span } from '../engine/words/span.ts';
import { wrapText } from './wrap-text.ts';

/** How a phase stands; `stopped`: the migration went back from here, or failed here. */
export type PhaseStanding = 'to-come' | 'under-way' | 'paused' | 'done' | 'stopped' | 'rollback';

export interface PhaseRow {
  readonly name: string;
  readonly standing: PhaseStanding;
  /** null before it has begun. */
  readonly lastedMs: number | null;
  readonly progress?: Progress | null;
}

export interface Progress {
  /** Empty once it is done: a full bar says nothing. */
  readonly bar: string;
  readonly words: string;
}

/** As much of a screen as lines need to be laid out. */
export type Paper = Pick<Screen, 'styled' | 'columns'>;

const marks: { readonly [S in Exclude<PhaseStanding, 'to-come'>]: readonly [string, Style] } = {
  'under-way': ['▸', 'cyan'],
  paused: ['‖', 'yellow'],
  done: ['✓', 'green'],
  stopped: ['✗', 'red'],
  rollback: ['↩', 'yellow'],
};

const indent = ' '.repeat(16);

/** A phase as one line, or two where its progress needs them: its mark, its name, how long it took, how far it is. */
export function phaseLines(
  { name, standing, lastedMs, progress }: PhaseRow,
  paper: Paper,
): readonly string[] {
  if (standing === 'to-come') return [`    ${paper.styled('dim', name)}`];
  const [mark, style] = marks[standing];
  const lasted = lastedMs === null ? '' : span(lastedMs);
  const head = `  ${paper.styled(style, mark)} ${name.padEnd(11)} ${lasted.padStart(11)}`;
  const { bar = '', words = '' } = progress ?? {};
  const first = bar === '' ? head : `${head}  ${paper.styled('cyan', bar)}`;
  if (words === '') return [first.trimEnd()];
  if (lengthOf(first) + 2 + words.length <= paper.columns) return [`${first}  ${words}`];
  return [first.trimEnd(), ...wrapText(words, { width: paper.columns, first: indent, indent }).split('\n')];
}

const lengthOf = (text: string): number => stripVTControlCharacters(text).length;
