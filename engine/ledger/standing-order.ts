import * as z from 'zod';
import { shareText } from '../words/amounts.ts';
import { minute } from '../words/span.ts';

export const orders = ['pause', 'resume', 'abort', 'pace'] as const;
export type Order = (typeof orders)[number];

/** How long a pause lasts where nobody says so: long enough for a night, too short to be forgotten. */
export const usualPauseSeconds = 86_400;

/** The longest pause: after that the step that waits would give up. */
export const longestPauseSeconds = 14 * 86_400;

/** What a person wants of a migration that is under way. */
export interface GivenOrder {
  readonly migration: string;
  readonly order: Order;
  /** For people: it is reported with the order wherever the order shows. */
  readonly reason: string;
  /** As the caller says; people read that it is claimed. */
  readonly by: string;
  /** Of a pause: how long it lasts. Default: a day. */
  readonly forSeconds?: number | undefined;
  /** Of a pace: the share of time that workers work from now on; null is what the migration declares. */
  readonly dutyCycle?: number | null | undefined;
}

const said = { reason: z.string(), by: z.string(), at: z.string() };

/** An order that stands until it is taken back, or the migration ends; moments are the database's. */
export const standingOrder = z.object({
  order: z.enum(['pause', 'abort']),
  ...said,
  /** When a pause ends by itself. */
  until: z.string().nullable(),
});
export type StandingOrder = z.infer<typeof standingOrder>;

/** The share of time that workers work, as a person has ordered it. */
export const orderedPace = z.object({ dutyCycle: z.number(), ...said });
export type OrderedPace = z.infer<typeof orderedPace>;

/** All that people have ordered and nobody has taken back. */
export const ordersInForce = z.object({ standing: standingOrder.nullable(), pace: orderedPace.nullable() });
export type OrdersInForce = z.infer<typeof ordersInForce>;

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

/** For people: who ordered it, when, until when, and why. */
export const wordsOfOrder = ({ order, reason, by, at, until }: StandingOrder): string =>
  `${order === 'pause' ? 'paused' : 'aborted'} by ${claimedName(by)} at ${minute(at)}${until === null ? '' : ` until ${minute(until)}`}: ${reason}`;

/** For people: how much workers work, who ordered it, when, and why. */
export const wordsOfPace = ({ dutyCycle, reason, by, at }: OrderedPace): string =>
  `workers work ${shareText(dutyCycle)} of the time, ordered by ${claimedName(by)} at ${minute(at)}: ${reason}`;
