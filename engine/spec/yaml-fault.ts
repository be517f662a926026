import type { YAMLError } from 'yaml';
import { printable, type Fault } from './fault.ts';

const quoteIt = 'If it is text, put the whole value in single quotes.';

/** What YAML's own errors mean to somebody who writes a migration. */
const faults: Partial<Record<YAMLError['code'], Fault>> = {
  BLOCK_AS_IMPLICIT_KEY: {
    fact: 'A second `key: value` stands inside this value.',
    remedy: 'Put a text with `: ` in single quotes; otherwise correct the indentation.',
  },
  MULTILINE_IMPLICIT_KEY: {
    fact: 'This line is no `key: value`.',
    remedy: 'Write `key: value`, one a line.',
  },
  TAB_AS_INDENT: { fact: 'A tab indents this line.', remedy: 'Indent with spaces.' },
  MULTIPLE_DOCS: { fact: 'A second document begins here.', remedy: 'Give each migration a file of its own.' },
  BAD_INDENT: {
    fact: 'The indentation does not fit, or a bracket is not closed.',
    remedy: 'Close each `[` and `{`, and indent the keys of one section alike.',
  },
  NON_STRING_KEY: { fact: 'This key is not a word.', remedy: 'Write `key: value`.' },
};

/** An error or warning of the YAML parser as a fault; `sourceLine` is the line on which it was found. */
export function yamlFault({ code, message }: YAMLError, sourceLine: string): Fault {
  const value = code === 'UNEXPECTED_TOKEN' ? halfQuoted(sourceLine) : undefined;
  if (value !== undefined) return halfQuotedFault(value);
  return faults[code] ?? { fact: `${printable(message, 200).replace(/\.$/, '')}.`, remedy: remedyOf(code) };
}

function remedyOf(code: YAMLError['code']): string {
  if (code === 'BAD_SCALAR_START' || code === 'TAG_RESOLVE_FAILED') return quoteIt;
  return code === 'MISSING_CHAR'
    ? 'Close each quote and bracket, and write `key: value`.'
    : `Correct the YAML. ${quoteIt}`;
}

/** The value of a line that begins with a quoted part and goes on: `table: "A"."B"`, `up: "A" / 100`. SQL, but not YAML. */
function halfQuoted(sourceLine: string): string | undefined {
  // Long lines cost the pattern quadratic time, and their values are too long to show.
  if (sourceLine.length > 200) return undefined;
  return /^\s*(?:- )?[\w-]+:\s+(["'].*?)(?:\s#.*)?\s*$/.exec(sourceLine)?.[1];
}

function halfQuotedFault(value: string): Fault {
  const fact = 'YAML takes the text to end at its second quote.';
  const double = value.includes("'") && !/["\\]/.test(value);
  const whole = printable(double ? `"${value}"` : `'${value.replaceAll("'", "''")}'`);
  // A remedy that is cut short would not be one.
  const shown = whole.endsWith('…') ? '' : `: \`${whole}\``;
  return { fact, remedy: `Put the whole value in ${double ? 'double' : 'single'} quotes${shown}.` };
}
