import * as z from 'zod';
import { faultMessage } from './fault.ts';
import { bytes, milliseconds, percentage } from './measure-fields.ts';
import { section, sectionOf, text, valueMessage, wholeNumber } from './spec-fields.ts';
import { sqlStatement } from './sql-fields.ts';

const throttle = section(
  {
    replicaLag: milliseconds(
      { is: 'Rest while a replica lags by more than this.', example: '1s' },
      '1ms',
      '1h',
    ).prefault('1s'),
    blockedSessions: wholeNumber(
      { is: 'Rest while more sessions than this wait for a lock.', example: '5' },
      0,
      10_000,
    ).prefault(5),
    activeSessions: z.exactOptional(
      wholeNumber({ is: 'Rest while more sessions than this are active at once.', example: '16' }, 1, 10_000),
    ),
    slowStatements: z.exactOptional(
      wholeNumber(
        {
          is: 'Rest while more statements than this have been running for over ten seconds.',
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
        { is: 'Rest while the server writes more log (WAL, redo) than this per second.', example: '50MB' },
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
        is: 'A query that returns a row while workers must rest; run about once a second.',
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
        is: "Roll back above this share of failed reads of the new shape; in a rehearsal, of failed requests. The stack's alarm has its own limit.",
        example: '0.5%',
      },
      'share',
      1,
    ).prefault('0.5%'),
    latencyP95: percentage(
      {
        is: "Roll back when the p95 of reads of the new shape exceeds that of the old one by more than this; in a rehearsal, that of the baseline. The stack's alarm has its own limit.",
        example: '+10%',
      },
      'growth',
      10,
    ).prefault('+10%'),
    partialWrites: z.exactOptional(
      percentage(
        {
          is: 'Where the application writes both shapes itself: roll back when a reconciliation finds that, for more than this share of the rows, a write reached only one side. Default 1%.',
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
