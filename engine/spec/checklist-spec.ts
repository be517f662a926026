import * as z from 'zod';
import { faultMessage } from './fault.ts';
import { section, text, valueMessage, type About } from './spec-fields.ts';

// All of it lives in the ledger beside the plan, in one record of limited size.
const longestNote = 500;
const mostLines = 10;

/** A few short texts. */
const lines = (about: About) =>
  z
    .array(text(about, 200), { error: valueMessage('a list', { is: '', example: `[${about.example}]` }) })
    .min(1, {
      error: faultMessage({ fact: 'The list is empty.', remedy: 'Write at least one, or leave it out.' }),
    })
    .max(mostLines, {
      error: faultMessage({
        fact: `The list has more than ${mostLines} entries.`,
        remedy: 'Name the ones that matter.',
      }),
    })
    .meta({ description: about.is });

/** What only the author can answer of the pre-flight checklist; a start waits until all of it is written. */
export const checklist = section(
  {
    rollbackNote: z.exactOptional(
      text(
        {
          is: 'What a rollback means for people: what they lose, what they must do, who decides.',
          example: 'Reads go back to users.email; the mail service needs nothing.',
        },
        longestNote,
      ),
    ),
    trafficProfile: z.exactOptional(
      text(
        {
          is: 'When the table is busy: peak hours, batch jobs, long queries that could collide.',
          example: 'Peaks 08:00 to 10:00 UTC; the nightly export reads all of it at 02:00.',
        },
        longestNote,
      ),
    ),
    dashboards: z.exactOptional(
      lines({
        is: 'Where errors, latency, queues and replica lag are watched.',
        example: 'https://grafana.example.com/d/users',
      }),
    ),
    notify: z.exactOptional(
      lines({
        is: 'Who is notified when something drifts: people or channels.',
        example: '"#identity-oncall"',
      }),
    ),
  },
  { is: 'What the author must have considered before a start.', example: '{ notify: ["#identity-oncall"] }' },
).prefault({});
