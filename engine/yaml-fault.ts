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
  NON_STRING_KEY: { fact: 'This key is not a word.', remedy: 'Write `key: value`.' },
};

/** An error or warning of the YAML parser as a fault; `sourceLine` is the line on which it was found. */
export function yamlFault({ code, message }: YAMLError, sourceLine: string): Fault {
  const halfQuoted =
    code === 'UNEXPECTED_TOKEN'
      ? /^\s*(?:- )?[\w-]+:\s+(["'].*?)(?:\s#.*)?\s*$/.exec(sourceLine)?.[1]
      : undefined;
  if (halfQuoted !== undefined) return halfQuotedFault(halfQuoted);
  return faults[code] ?? { fact: `${printable(message.replace(/\.$/, ''))}.`, remedy: remedyOf(code) };
}

function remedyOf(code: YAMLError['code']): string {
  if (code === 'BAD_SCALAR_START' || code === 'TAG_RESOLVE_FAILED') return quoteIt;
  return code === 'MISSING_CHAR' ? 'Close what is opened.' : `Correct the YAML. ${quoteIt}`;
}

/** `table: "A"."B"` and `up: "A" / 100` are SQL but not YAML. */
function halfQuotedFault(value: string): Fault {
  const double = value.includes("'") && !/["\\]/.test(value);
  const whole = double ? `"${value}"` : `'${value.replaceAll("'", "''")}'`;
  return {
    fact: 'YAML takes the text to end at its second quote.',
    remedy: `Put the whole value in quotes: \`${printable(whole)}\`.`,
  };
}
