import * as z from 'zod';
import type { LedgerEvent } from '../../engine/ledger/journal.ts';
import { span } from '../../engine/words/span.ts';

const finding = z.object({ what: z.string(), remedy: z.string(), since: z.string().optional() });
const audited = z.object({ open: z.array(finding) });

/** What the newest audit found still open, and for how long; nothing where there was none, or it found nothing. */
export function debtLines(audit: Pick<LedgerEvent, 'at' | 'detail'> | null, now: string): readonly string[] {
  if (audit === null) return [];
  const found = audited.safeParse(audit.detail).data?.open;
  // Another version's words are better than none.
  if (found === undefined) return [`  left open, as of ${audit.at}: ${JSON.stringify(audit.detail)}`];
  if (found.length === 0) return [];
  const age = (since: string): string => span(Date.parse(now) - Date.parse(since));
  return [
    `  left open, as an audit found ${age(audit.at)} ago:`,
    ...found.flatMap(({ what, remedy, since = audit.at }) => [
      `    ! ${what} (for ${age(since)})`,
      `      ${remedy}`,
    ]),
  ];
}
