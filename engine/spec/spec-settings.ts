import * as z from 'zod';
import { faultMessage } from './fault.ts';
import { milliseconds, percentage, seconds, secondsText } from './measure-fields.ts';
import {
  choice,
  flag,
  ratio,
  section,
  sectionOf,
  text,
  valueMessage,
  wholeNumber,
  whenSound,
} from './spec-fields.ts';

/** Everything below `change` in a migration: each key has a safe default, so that a short file is a careful one. */

export const backfill = section(
  {
    by: choice(['key', 'place'], {
      is: 'The order in which rows are walked: by key, or by their place in the table (PostgreSQL).',
      example: 'place',
    }).prefault('key'),
    parallelism: wholeNumber(
      { is: 'How many workers copy at once, each its own key range.', example: '2' },
      1,
      16,
    ).prefault(2),
    targetBatchTime: milliseconds(
      { is: 'How long one batch should take; its size is adjusted to that.', example: '200ms' },
      '10ms',
      '20s',
    ).prefault('200ms'),
    dutyCycle: ratio(
      { is: 'The share of time a worker works; it rests for the remainder.', example: '0.8' },
      0.05,
      1,
    ).prefault(0.8),
    maxBatchRows: wholeNumber(
      { is: 'The most rows in one batch; wide rows are limited to 16 MiB.', example: '50000' },
      10,
      100_000,
    ).prefault(50_000),
    stubbornRows: wholeNumber(
      {
        is: 'How many rows may refuse the change and be set aside before the migration stops.',
        example: '100',
      },
      0,
      100_000,
    ).prefault(100),
  },
  sectionOf('How existing rows are copied.', '{ parallelism: 2, targetBatchTime: 200ms }'),
).prefault({});

const rampExample = '`ramp: [1, 5, 25, 100]`';

const ramp = z
  .array(wholeNumber({ is: 'The percentage of reads that go to the new shape.', example: '25' }, 1, 100), {
    error: valueMessage('a list of whole numbers', { is: '', example: '[1, 5, 25, 100]' }),
  })
  .max(10, {
    error: faultMessage({
      fact: 'The ramp has more than 10 steps.',
      remedy: `Write fewer, such as ${rampExample}.`,
    }),
  })
  .superRefine((steps, context) => {
    const fall = steps.findIndex((step, index) => index > 0 && step <= (steps[index - 1] ?? 0));
    if (fall > 0) {
      const fact = `${steps[fall]} does not rise above ${steps[fall - 1]}, the step before it.`;
      context.addIssue({
        code: 'custom',
        path: [fall],
        message: faultMessage({ fact, remedy: `Write rising steps, such as ${rampExample}.` }),
      });
    }
    if (steps.at(-1) === 100) return;
    const fact =
      steps.length === 0
        ? 'The ramp has no step.'
        : `The ramp ends at ${steps.at(-1)}, so some reads would stay behind.`;
    context.addIssue({
      code: 'custom',
      message: faultMessage({ fact, remedy: `End it with 100, such as ${rampExample}.` }),
    });
  })
  .prefault([1, 5, 25, 100])
  .meta({ description: 'Percent of reads on the new shape, step by step; rises, and ends at 100.' });

export const reads = section(
  {
    ramp,
    bake: seconds(
      { is: 'How long each step is watched before the next.', example: '10m' },
      '1s',
      '7d',
    ).prefault('10m'),
    compare: percentage(
      {
        is: 'The share of reads that query both shapes and compare the answers while reads move, unless the application sets its own.',
        example: '1%',
      },
      'share',
      1,
    ).prefault('1%'),
    reported: flag({
      is: 'Whether the application publishes its reads as metrics, which the gate before the contract asks for.',
      example: 'true',
    }).prefault(true),
  },
  sectionOf('How reads move to the new shape.', '{ ramp: [1, 5, 25, 100], bake: 10m }'),
).prefault({});

/** Each reconciliation is a segment of the execution's history, which holds 25,000 events. */
const mostSegments = 1000;

export const confidence = section(
  {
    window: seconds(
      { is: 'How long both shapes are kept after all reads have moved.', example: '72h' },
      '1s',
      '90d',
    ).prefault('72h'),
    reconcileEvery: z.exactOptional(
      seconds(
        {
          is: 'How often all rows of both shapes are compared during that time. Default 1h, or less where the window is shorter.',
          example: '1h',
        },
        '1s',
        '90d',
      ),
    ),
    dutyCycle: z.exactOptional(
      ratio(
        {
          is: 'The share of time that a worker of these comparisons works. Default: that of the backfill.',
          example: '0.2',
        },
        0.05,
        1,
      ),
    ),
  },
  sectionOf('The days in which a way back is kept open.', '{ window: 72h, reconcileEvery: 1h }'),
)
  .superRefine(
    ({ window, reconcileEvery }, context) => {
      if (reconcileEvery === undefined) return;
      const fault = reconcileFault(window, reconcileEvery);
      if (fault !== undefined)
        context.addIssue({ code: 'custom', path: ['reconcileEvery'], message: faultMessage(fault) });
    },
    { when: whenSound('window', 'reconcileEvery') },
  )
  .prefault({});

function reconcileFault(window: number, every: number) {
  if (every > window) {
    const fact = `${secondsText(every)} is longer than the window of ${secondsText(window)}, so nothing would be compared.`;
    return { fact, remedy: `Write at most \`reconcileEvery: ${secondsText(window)}\`, or a longer window.` };
  }
  if (window <= every * mostSegments) return undefined;
  const fact = `${secondsText(window)} at one comparison every ${secondsText(every)} is more than ${mostSegments} comparisons.`;
  return {
    fact,
    remedy: `Write \`reconcileEvery: ${secondsText(Math.ceil(window / mostSegments))}\` or longer.`,
  };
}

/** The written interval, or an hour fitted to the window. Seconds. */
export function reconcileEverySeconds({ window, reconcileEvery }: z.output<typeof confidence>): number {
  return reconcileEvery ?? Math.min(window, Math.max(3600, Math.ceil(window / mostSegments)));
}

export const contract = section(
  {
    quarantine: seconds(
      { is: 'How long the old shape is kept under another name before it is dropped.', example: '7d' },
      '1s',
      '90d',
    ).prefault('7d'),
    quiet: z.exactOptional(
      seconds(
        {
          is: 'How long nobody may have used the old shape before it is dropped. Default and maximum: the confidence window.',
          example: '24h',
        },
        '1s',
        '90d',
      ),
    ),
    statements: choice(['measured', 'unmeasured'], {
      is: 'Whether pg_stat_statements must show that no statement names the old shape.',
      example: 'measured',
    }).prefault('measured'),
  },
  sectionOf('How the old shape goes.', '{ quarantine: 7d }'),
).prefault({});

export const rehearsal = section(
  {
    rows: z.exactOptional(
      text(
        {
          is: 'An SQL file with a few rows (INSERT or COPY) that a rehearsal imitates where it cannot make up rows; a path relative to this file.',
          example: 'rows.sql',
        },
        500,
      ),
    ),
  },
  sectionOf('What a rehearsal needs, and nothing else reads.', '{ rows: rows.sql }'),
).prefault({});

export const gateDeadline = seconds(
  { is: 'How long a gate waits for a person before the migration rolls back.', example: '7d' },
  '1s',
  '30d',
).prefault('7d');

export const lockTimeout = milliseconds(
  {
    is: 'How long a statement, and everybody queued behind it, may wait for a table lock.',
    example: '500ms',
  },
  '50ms',
  '5s',
).prefault('500ms');
