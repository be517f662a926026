import type { Verdict } from '../engine/evidence/verdict.ts';
import type { Style } from './screen.ts';

/** What was not measured is neither good nor bad. */
export const verdictStyles: Readonly<Record<Verdict, Style>> = { pass: 'green', fail: 'red', waived: 'dim' };
