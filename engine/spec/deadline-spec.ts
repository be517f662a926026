import * as z from 'zod';
import { describeValue, faultMessage } from './fault.ts';
import { textMessage } from './spec-fields.ts';

const deadlineAbout = {
  is: 'The day by which the migration should be done.',
  example: '2026-12-20',
};
export const deadline = z.iso
  .date({
    error: (issue) =>
      typeof issue.input === 'string'
        ? faultMessage({
            fact: `${describeValue(issue.input)}, not a day of the calendar.`,
            remedy: 'Write year-month-day: `2026-12-20`.',
          })
        : textMessage('a day', deadlineAbout)(issue),
  })
  .meta({ description: deadlineAbout.is, examples: [deadlineAbout.example] });
