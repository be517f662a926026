import { describe, expect, it } from 'vitest';
import { kindNames } from '../../engine/changes/kinds.ts';
import { refusalLines } from './refusal.ts';

const top = 'goal: g\ntable: t\n';
const kinds = kindNames.map((name) => `\`${name}\``).join(', ');

/** A claim, a change, and the whole message. */
const changes: readonly (readonly [string, string, ...string[]])[] = [
  [
    'an unknown kind',
    '{ kind: rename_colum, from: a }',
    `m.yaml:3:11 change.kind: \`rename_colum\` is not known here. Did you mean \`rename-column\`? Known: ${kinds}.`,
  ],
  [
    'a kind like no other',
    '{ kind: archive-rows }',
    `m.yaml:3:11 change.kind: \`archive-rows\` is not known here. Known: ${kinds}.`,
  ],
  ['no kind', '{ from: a, to: b }', `m.yaml:3:1 change.kind: This key is missing. Write one of ${kinds}.`],
  [
    'text for a change',
    'rename',
    'm.yaml:3:1 change: `rename` is text. Write a section of keys, such as `change: { kind: rename-column, from: email, to: email_address }`.',
  ],
  [
    'a name kept',
    '{ kind: rename-column, from: a, to: a }',
    'm.yaml:3:41 change.to: The column has this name already. Write the new name.',
  ],
  [
    'everything at once, in the order of the file',
    '{ kind: rename-column, to: 5, form: a }',
    "m.yaml:3:1 change.from: This key is missing. Write a column's name, such as `from: email`.",
    'm.yaml:3:32 change.to: `5` is a number. Write a column\'s name, such as `to: "5"`.',
    'm.yaml:3:39 change.form: `form` is not a key of `change`. Did you mean `from`?',
  ],
  [
    'a name too long',
    `{ kind: rename-column, from: a, to: ${'é'.repeat(32)} }`,
    `m.yaml:3:41 change.to: \`${'é'.repeat(32)}\` is 64 bytes long; 63 is the most. Choose a shorter name.`,
  ],
  [
    'an empty name',
    '{ kind: rename-column, from: "", to: b }',
    'm.yaml:3:32 change.from: The name is empty. Write the name as it is in the catalog.',
  ],
  [
    'a name that no database stores',
    '{ kind: rename-column, from: "a\\0", to: b }',
    'm.yaml:3:32 change.from: The name holds a character that no database stores. Write the name as it is in the catalog.',
  ],
  [
    'a type change without up and down, by an example for this column',
    '{ kind: change-type, column: amount, to: "Amount 2", type: "numeric(14,4)" }',
    'm.yaml:3:1 change.up: Nothing says how a value of amount becomes a value of "Amount 2". Write an SQL expression of amount, such as `up: CAST(amount AS numeric(14,4))`.',
    'm.yaml:3:1 change.down: Nothing says how a value of "Amount 2" becomes a value of amount; a rollback would lose what was written to "Amount 2". Write an SQL expression of "Amount 2", such as `down: CAST("Amount 2" AS integer)` if amount is an integer.',
  ],
  [
    'a type change in place',
    '{ kind: change-type, column: a, to: a, type: text, up: a, down: a }',
    'm.yaml:3:41 change.to: This is the old column; the new one lives beside it until the contract phase. Write another name for the new column; or leave `to` out, and the column keeps its name.',
  ],
  [
    'two statements',
    '{ kind: change-type, column: a, to: b, type: text, up: a; b, down: a }',
    'm.yaml:3:60 change.up: The SQL holds a `;`. Write one expression, without `;`.',
  ],
  [
    'no expression at all',
    '{ kind: change-type, column: a, to: b, type: text, up: "", down: a }',
    'm.yaml:3:60 change.up: No SQL is written here. Write an SQL expression.',
  ],
  [
    'half a quoted value',
    '\n  kind: change-type\n  up: "Amount" / 100 # cents',
    'm.yaml:5:16 change.up: YAML takes the text to end at its second quote. Put the whole value in single quotes: `\'"Amount" / 100\'`.',
  ],
  [
    'half a quoted value too long to show',
    `\n  kind: change-type\n  up: 'a' || ${"'b' || ".repeat(15)}c`,
    'm.yaml:5:11 change.up: YAML takes the text to end at its second quote. Put the whole value in double quotes.',
  ],
  [
    'a constraint in a type',
    '{ kind: add-column, column: a, type: text not null }',
    'm.yaml:3:40 change.type: `not null` is not part of a type. Write `notNull: true` on its own line (add-column), or add it in a later migration.',
  ],
  [
    'a default whose quotes YAML took',
    "{ kind: add-column, column: a, type: text, default: 'en' }",
    'm.yaml:3:52 change.default: `en` names a column, which a default cannot. Write a text with both quotes: `default: "\'en\'"`.',
  ],
  [
    'a number that YAML cannot hold',
    '{ kind: add-column, column: a, type: text, default: 9007199254740993 }',
    'm.yaml:3:52 change.default: YAML reads this number inexactly. Write it in quotes, so that no digit is lost.',
  ],
  [
    'NOT NULL over nothing',
    '{ kind: add-column, column: a, type: text, notNull: true }',
    'm.yaml:3:52 change.notNull: Rows that exist would have NULL: there is neither `default` nor `backfill`. Write one of them, such as `default: "\'\'"`, or remove `notNull`.',
  ],
  [
    'a word for a truth',
    '{ kind: add-column, column: a, type: text, notNull: yes }',
    'm.yaml:3:52 change.notNull: `yes` is text. Write true or false, such as `notNull: true`.',
  ],
];

describe('a change is refused, with what to write instead:', () => {
  it.each(changes)('%s', (_, change, ...message) => {
    expect(refusalLines(`${top}change: ${change}\n`)).toEqual(message);
  });

  it('braces of the user are quoted as they are, not filled as gaps', () => {
    expect(refusalLines(`${top}change: { kind: "{from|x}", from: a }\n`)[0]).toMatch(
      /`\{from\|x\}` is not known here/,
    );
  });
});
