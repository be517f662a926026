/** `waived`: not measured, because the migration's file asks for it; it keeps no gate shut and proves nothing. */
export const verdicts = ['pass', 'fail', 'waived'] as const;
export type Verdict = (typeof verdicts)[number];

/** How a verdict is marked wherever people read it. */
export const verdictMarks: Readonly<Record<Verdict, string>> = { pass: '✓', fail: '✗', waived: '–' };
