/** How an alarm's description ends: the heading that says what to do. */
export const runbookLink = (runbook: string, heading: string): string => `Runbook: ${runbook}#${heading}`;
