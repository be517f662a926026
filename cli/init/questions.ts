import type { Question } from '../../engine/changes/kind.ts';

export const tableQuestion: Question = {
  key: 'table',
  flag: 'table',
  asks: 'Which table (schema.table)?',
  offers: 'tables',
};

export const ticketQuestions: readonly Question[] = [
  { key: 'goal', flag: 'goal', asks: 'What is it for, in one sentence?', optional: true },
  { key: 'owner', flag: 'owner', asks: 'Who answers for it?', optional: true },
  { key: 'ticket', flag: 'ticket', asks: 'The change request?', optional: true },
  { key: 'deadline', flag: 'deadline', asks: 'By which day (2026-12-20)?', optional: true },
];
