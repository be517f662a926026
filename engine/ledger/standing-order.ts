import * as z from 'zod';

export const orders = ['pause', 'resume', 'abort'] as const;
export type Order = (typeof orders)[number];

/** What a person wants of a migration that is under way. */
export interface GivenOrder {
  readonly migration: string;
  readonly order: Order;
  /** For people: it is reported with the order wherever the order shows. */
  readonly reason: string;
  /** As the caller says; people read that it is claimed. */
  readonly by: string;
}

/** An order that stands until it is taken back, or the migration ends; `at` is the database's time. */
export const standingOrder = z.object({
  order: z.enum(['pause', 'abort']),
  reason: z.string(),
  by: z.string(),
  at: z.string(),
});
export type StandingOrder = z.infer<typeof standingOrder>;

/** What the database says to an order. */
export const steerAnswer = z.object({
  refused: z.enum(['unknown', 'over', 'rolling-back', 'contracted', 'aborted']).nullable(),
  was: z.enum(['pause', 'abort']).nullable(),
  epoch: z.number().nullable(),
  status: z.string().nullable(),
});
type Steered = z.infer<typeof steerAnswer>;

const refusals: {
  readonly [R in NonNullable<Steered['refused']>]: (given: GivenOrder, answer: Steered) => string;
} = {
  unknown: ({ migration }) => `the ledger knows no migration "${migration}". Was it ever started?`,
  over: ({ migration, order }, { status }) =>
    `${migration} is not running: it is ${status ?? 'over'}. There is nothing to ${order}.`,
  'rolling-back': ({ migration, order }) =>
    `${migration} is being rolled back already, and a rollback is not to be held up. There is nothing to ${order}.`,
  contracted: ({ migration }) =>
    `${migration} has dropped the old shape: there is no way back. Fix what is wrong with a new migration.`,
  aborted: ({ migration, order }) =>
    `${migration} was aborted, and its rollback may have begun: too late to ${order}. Start it again when it has ended; it goes on from its checkpoints.`,
};

/** Why an order is refused: the fact and the remedy. */
export const wordsOfRefusal = (given: GivenOrder, answer: Steered): string =>
  refusals[answer.refused ?? 'unknown'](given, answer);

/** A name that whoever called has given; AWS attests nobody to a function that is invoked directly. */
export const claimedName = (by: string): string => `${by} (claimed)`;

/** For people: who ordered it, when, and why. */
export const wordsOfOrder = ({ order, reason, by, at }: StandingOrder): string =>
  `${order === 'pause' ? 'paused' : 'aborted'} by ${claimedName(by)} at ${utc(at)}: ${reason}`;

const utc = (at: string): string => new Date(at).toISOString().replace(/\.\d+Z$/u, 'Z');
