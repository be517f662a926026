import * as z from 'zod';
import { addressFault, hiddenCharacter } from './characters.ts';
import { faultMessage, describeValue, printable, type Fault } from './fault.ts';
import { nearest } from '../words/nearest.ts';

/** What a key is for (editors show it) and one good value as it stands in YAML (errors and editors show it). */
export interface About {
  readonly is: string;
  readonly example: string;
}

/** An about whose absence deserves more than "is missing". `{key|word}` stands for a neighbouring key's value. */
export interface AboutValue extends About {
  readonly missing?: Fault;
}

/** What these messages need of a zod issue. */
export interface Issue {
  readonly code?: string;
  readonly input?: unknown;
  readonly path?: readonly PropertyKey[] | undefined;
}

/** The line to write: `` `key: example` ``, or the bare example inside a list. */
function line(issue: Issue, example: string): string {
  const key = issue.path?.at(-1);
  return typeof key === 'string' ? `\`${key}: ${example}\`` : `\`${example}\``;
}

/** The message for a value of the wrong sort: what was found, what is wanted, one example. */
export function valueMessage(what: string, { example, missing }: AboutValue): (issue: Issue) => string {
  return (issue) => {
    if (issue.input === undefined && missing !== undefined) return faultMessage(missing);
    return faultMessage({
      fact: `${describeValue(issue.input)}.`,
      remedy: `Write ${what}, such as ${line(issue, example)}.`,
    });
  };
}

/** As `valueMessage`, for text: YAML took what was meant as text for a number or a truth, so quotes are the remedy. */
export function textMessage(what: string, about: AboutValue): (issue: Issue) => string {
  return (issue) => {
    const unquoted = typeof issue.input === 'number' || typeof issue.input === 'boolean';
    return valueMessage(what, unquoted ? { ...about, example: `"${String(issue.input)}"` } : about)(issue);
  };
}

/** Refuses a value that has the right sort, from inside a transform. */
export function refuse(context: z.core.ParsePayload, fault: Fault): never {
  context.issues.push({ code: 'custom', input: context.value, message: faultMessage(fault) });
  return z.NEVER;
}

/** Text for people: trimmed, not empty, at most `max` characters. */
export function text(about: AboutValue, max: number) {
  return z
    .string({ error: textMessage('text', about) })
    .meta({ description: about.is, examples: [about.example], minLength: 1, maxLength: max })
    .transform((written, context) => {
      const trimmed = written.trim();
      const fault = textFault(trimmed, max);
      return fault === undefined ? trimmed : refuse(context, fault);
    });
}

function textFault(trimmed: string, max: number): Fault | undefined {
  if (trimmed === '') return { fact: 'The text is empty.', remedy: 'Write a few words.' };
  if (trimmed.length > max)
    return { fact: `The text has ${trimmed.length} characters.`, remedy: `Write at most ${max}.` };
  const unseen = hiddenCharacter(trimmed.replaceAll('\n', ' '), { joiners: true });
  if (unseen !== undefined)
    return { fact: `The text holds a character that cannot be seen: ${unseen}.`, remedy: 'Remove it.' };
  return addressFault(trimmed);
}

export function wholeNumber(about: About, min: number, max: number) {
  return z
    .int({ error: valueMessage(`a whole number from ${min} to ${max}`, about) })
    .min(min, { error: outside(min, max) })
    .max(max, { error: outside(min, max) })
    .meta({ description: about.is, examples: [Number(about.example)] });
}

/** A number that need not be whole. */
export function ratio(about: About, min: number, max: number) {
  return z
    .number({ error: valueMessage(`a number from ${min} to ${max}`, about) })
    .min(min, { error: outside(min, max) })
    .max(max, { error: outside(min, max) })
    .meta({ description: about.is, examples: [Number(about.example)] });
}

function outside(min: number | string, max: number | string): (issue: Issue) => string {
  return ({ input }) => faultMessage(rangeFault(String(input), min, max));
}

export function rangeFault(written: string, min: number | string, max: number | string): Fault {
  const fact = `\`${printable(written)}\` is out of range.`;
  return { fact, remedy: `Write ${min} at the least and ${max} at the most.` };
}

export function flag(about: About) {
  return z
    .boolean({ error: valueMessage('true or false', about) })
    .meta({ description: about.is, examples: [about.example === 'true'] });
}

/** One of a few words. */
export function choice<const Words extends readonly [string, ...string[]]>(words: Words, about: About) {
  return z
    .enum(words, { error: (issue) => faultMessage(choiceFault(issue, words)) })
    .meta({ description: about.is });
}

export function choiceFault(issue: Issue, words: readonly string[]): Fault {
  const near = typeof issue.input === 'string' ? nearest(issue.input, words) : undefined;
  const list = words.map((word) => `\`${word}\``).join(', ');
  if (typeof issue.input !== 'string')
    return { fact: `${describeValue(issue.input)}.`, remedy: `Write one of ${list}.` };
  const ask = near === undefined ? '' : `Did you mean \`${near}\`? `;
  return { fact: `\`${printable(issue.input)}\` is not known here.`, remedy: `${ask}Known: ${list}.` };
}

/** For a rule over several keys: it is judged whatever else is wrong, as long as these keys themselves are well. */
export function whenSound(...keys: readonly string[]): (payload: z.core.ParsePayload) => boolean {
  return ({ value, issues }) =>
    typeof value === 'object' &&
    value !== null &&
    !issues.some(({ path }) => keys.includes(String(path?.[0])));
}

/** A section of keys; unknown ones are refused (their message is made where all keys are known). */
export function section<Shape extends z.core.$ZodShape>(shape: Shape, about: About) {
  return z.strictObject(shape, { error: sectionMessage(about) }).meta({ description: about.is });
}

export function sectionMessage(about: About): (issue: Issue) => string | undefined {
  return (issue) =>
    issue.code === 'invalid_type' ? valueMessage('a section of keys', about)(issue) : undefined;
}

/** What a section says of itself. */
export const sectionOf = (is: string, example: string) => ({ is, example });
