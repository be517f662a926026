import type { Change } from '../../engine/spec/spec.ts';

/** One thing to know of a migration: by a flag, else by asking. */
export interface Question {
  /** The key in the file. */
  readonly key: string;
  readonly flag: string;
  readonly asks: string;
  /** May be left out. */
  readonly optional?: true;
  /** What a database can offer as answers. */
  readonly offers?: 'tables' | 'columns';
  readonly truth?: true;
}

export type KindName = Change['kind'];

export const kindsInWords: { readonly [K in KindName]: string } = {
  'rename-column': 'give a column another name',
  'change-type': 'give a column another type',
  'add-column': 'add a column',
};

export const tableQuestion: Question = {
  key: 'table',
  flag: 'table',
  asks: 'Which table (schema.table)?',
  offers: 'tables',
};

const to: Question = { key: 'to', flag: 'to', asks: 'The new column?' };

/** What each kind of change asks; a new kind is one entry. */
export const changeQuestions: { readonly [K in KindName]: readonly Question[] } = {
  'rename-column': [{ key: 'from', flag: 'from', asks: 'Which column?', offers: 'columns' }, to],
  'change-type': [
    { key: 'column', flag: 'column', asks: 'Which column?', offers: 'columns' },
    to,
    { key: 'type', flag: 'type', asks: 'Its type, such as numeric(14,4)?' },
    {
      key: 'up',
      flag: 'up',
      asks: 'SQL that makes the new value of the old column, such as amount / 100.0?',
    },
    { key: 'down', flag: 'down', asks: 'SQL that makes the old value of the new column?' },
  ],
  'add-column': [
    { key: 'column', flag: 'column', asks: 'The new column?' },
    { key: 'type', flag: 'type', asks: 'Its type, such as text?' },
    { key: 'default', flag: 'default', asks: "Its default, in SQL, such as 'en'?", optional: true },
    {
      key: 'backfill',
      flag: 'backfill',
      asks: 'SQL that fills it for rows that are there, if not the default?',
      optional: true,
    },
    { key: 'notNull', flag: 'not-null', asks: 'May it never be NULL?', optional: true, truth: true },
  ],
};

export const kindNames = Object.keys(changeQuestions).filter(
  (name): name is KindName => name in changeQuestions,
);

export const ticketQuestions: readonly Question[] = [
  { key: 'goal', flag: 'goal', asks: 'What is it for, in one sentence?', optional: true },
  { key: 'owner', flag: 'owner', asks: 'Who answers for it?', optional: true },
  { key: 'ticket', flag: 'ticket', asks: 'The change request?', optional: true },
  { key: 'deadline', flag: 'deadline', asks: 'By which day (2026-12-20)?', optional: true },
];
