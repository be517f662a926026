import { printable, type Fault } from '../../spec/fault.ts';
import type { Claim, Fragment } from '../../spec/fragments.ts';
import { expressionFault } from './expression.ts';

const text = String.raw`'(?:[^'\\]|'')*'`;
const number = String.raw`[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?`;
const name = '(?:`(?:[^`]|``)+`|[A-Za-z_][A-Za-z0-9_$]*)';
const within = String.raw`\s*\(\s*(?:\d+(?:\s*,\s*\d+)?|${text}(?:\s*,\s*${text})*)\s*\)`;
const kindOfType = String.raw`(?:double\s+precision|char(?:acter)?\s+varying|national\s+(?:varchar|character|char)|(?!serial\b)[a-z]+\d?)`;
const attribute = String.raw`\s+(?:unsigned|zerofill|signed|(?:character\s+set|charset|collate)\s+\w+|srid\s+\d+)`;
const part = String.raw`\s*${name}(?:\s*\(\s*\d+\s*\))?(?:\s+(?:asc|desc))?\s*`;

/**
 * SQL of the author's that is read so far: what these say is what MySQL reads, for nothing in them can end a quote or begin
 * a comment. All else is refused by name.
 */
const grammars: Readonly<
  Record<
    Exclude<Claim, 'expression'>,
    { readonly reads: RegExp; readonly is: string; readonly remedy: string }
  >
> = {
  type: {
    reads: new RegExp(`^${kindOfType}(?:${within})?(?:${attribute})*$`, 'iu'),
    is: 'one type and nothing else',
    remedy: "Write a type, such as `decimal(14,4)`, `int unsigned` or `enum('a','b')`",
  },
  default: {
    reads: new RegExp(
      String.raw`^(?:${text}|${number}|true|false|[bx]'[0-9a-f]*'|(?:current_timestamp|now|localtimestamp)(?:\s*\(\s*\d?\s*\))?)$`,
      'iu',
    ),
    is: 'a constant or CURRENT_TIMESTAMP',
    remedy:
      "Write such as `'en'`, `0` or `CURRENT_TIMESTAMP(6)`; an expression is not supported on MySQL yet",
  },
  index: {
    reads: new RegExp(String.raw`^\(${part}(?:,${part})*\)$`, 'iu'),
    is: 'a list of columns in parentheses',
    remedy:
      'Write such as `(status, created_at DESC)` or `(body(100))`; an expression is not supported on MySQL yet',
  },
};

/** What keeps a fragment from being what it claims to be; undefined if nothing does. */
export function fragmentFault({ text: written, claim }: Fragment): Fault | undefined {
  // Nothing takes an index's place.
  if (claim === 'index' && written === 'drop') return undefined;
  if (claim === 'expression') return expressionFault(written);
  const grammar = grammars[claim];
  if (grammar.reads.test(written.trim())) return undefined;
  return { fact: `\`${printable(written)}\` is not ${grammar.is}`, remedy: grammar.remedy };
}
