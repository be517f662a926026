import * as z from 'zod';
import { faultMessage } from './fault.ts';
import { bytes, milliseconds, percentage } from './measure-fields.ts';
import { section, sectionOf, text, valueMessage, wholeNumber } from './spec-fields.ts';
import { sqlStatement } from './sql-fields.ts';

const throttle = section(
  {
    replicaLag: milliseconds(
      { is: 'Rest while a replica is further behind than this.', example: '1s' },
      '1ms',
      '1h',
    ).prefault('1s'),
    blockedSessions: wholeNumber(
      { is: 'Rest while more sessions than this wait for a lock.', example: '5' },
      0,
      10_000,
    ).prefault(5),
    activeSessions: z.exactOptional(
      wholeNumber(
        { is: 'Rest while more sessions than this are at work at once.', example: '16' },
        1,
        10_000,
      ),
    ),
    slowStatements: z.exactOptional(
      wholeNumber(
        {
          is: 'Rest while more statements than this have run for over ten seconds.',
          example: '5',
        },
        0,
        10_000,
      ),
    ),
    commitLatency: z.exactOptional(
      milliseconds(
        {
          is: 'Rest while a commit takes longer than this, on average since the last look.',
          example: '100ms',
        },
        '1ms',
        '1m',
      ),
    ),
    deadRows: z.exactOptional(
      percentage(
        {
          is: 'Rest while the table has more dead rows than this share of its rows, and more than those that call autovacuum. PostgreSQL only.',
          example: '40%',
        },
        'share',
        10,
      ),
    ),
    logRate: z.exactOptional(
      bytes(
        { is: 'Rest while the server writes more log (WAL, redo) than this in a second.', example: '50MB' },
        '1kB',
        '100GB',
      ),
    ),
    heldLog: z.exactOptional(
      bytes(
        {
          is: 'Rest while a replication slot holds back more log than this. PostgreSQL only.',
          example: '10GB',
        },
        '1MB',
        '1000TB',
      ),
    ),
    query: z.exactOptional(
      sqlStatement({
        is: 'A query that gives a row while workers must rest; asked about once a second.',
        example: "SELECT FROM app.jobs WHERE state = 'late'",
      }),
    ),
  },
  sectionOf('What slows the work.', '{ replicaLag: 1s, blockedSessions: 5 }'),
).prefault({});

const alarm = text({ is: 'The name of a CloudWatch alarm.', example: 'checkout-errors' }, 255);

const rollback = section(
  {
    errorRate: percentage(
      {
        is: "Roll back above this share of failed reads on the new shape; in a rehearsal, of failed requests. The stack's alarm has a limit of its own.",
        example: '0.5%',
      },
      'share',
      1,
    ).prefault('0.5%'),
    latencyP95: percentage(
      {
        is: "Roll back when reads on the new shape have a p95 that is higher than the old one's by more than this; in a rehearsal, than before. The stack's alarm has a limit of its own.",
        example: '+10%',
      },
      'growth',
      10,
    ).prefault('+10%'),
    partialWrites: z.exactOptional(
      percentage(
        {
          is: 'Where the application writes both shapes itself: roll back when at more than this share of the rows a reconciliation has found a write that reached one side alone. Default 1%.',
          example: '1%',
        },
        'share',
        1,
      ),
    ),
    alarms: z
      .array(alarm, { error: valueMessage('a list', { is: '', example: '[checkout-errors]' }) })
      // One DescribeAlarms call names at most 100.
      .max(100, {
        error: faultMessage({
          fact: 'There are more than 100 alarms.',
          remedy: 'Gather them in a composite alarm.',
        }),
      })
      .prefault([])
      .meta({ description: 'Roll back when any of these CloudWatch alarms is on.' }),
  },
  sectionOf('What rolls the migration back.', '{ errorRate: 0.5%, latencyP95: +10% }'),
).prefault({});

export const guardrails = section(
  { throttle, rollback },
  sectionOf('The limits during every phase.', '{ rollback: { errorRate: 0.5% } }'),
).prefault({});
