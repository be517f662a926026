import * as z from 'zod';
import type { Section } from './notice.ts';
import { noticeSection } from './wording.ts';

/** A guardrail that was over its limit. */
export const breach = z
  .object({
    alarm: z.string(),
    at: z.string(),
    /** null where CloudWatch does not say, as of an alarm that was set by hand. */
    measured: z.object({ value: z.number(), limit: z.number() }).nullable(),
    /** The heading of the runbook that says what to do. */
    heading: z.string(),
  })
  .readonly();
export type Breach = z.infer<typeof breach>;

/** By what a breach is looked up. */
export const breachFacts = {
  alarms: z.array(z.string()).default([]),
  startedAt: z.string().default(''),
};

const number = (value: number): string => String(Number(value.toPrecision(4)));

/** `underpin-shop-read-errors: 0.031, limit 0.005` */
export const breachText = ({ alarm, measured }: Pick<Breach, 'alarm' | 'measured'>): string =>
  measured === null
    ? `${alarm} was on`
    : `${alarm}: ${number(measured.value)}, limit ${number(measured.limit)}`;

export const breachSections = (breaches: readonly Breach[]): readonly Section[] =>
  breaches.length === 0 ? [] : [noticeSection('Guardrails over their limits', breaches.map(breachText))];
