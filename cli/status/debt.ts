import * as z from 'zod';
import type { LedgerEvent } from '../../engine/description.ts';
import { span } from '../span.ts';

const finding = z.object({ what: z.string(), remedy: z.string().optional() });
const audited = z.object({ findings: z.array(finding) });

/** What the newest audit found still open, and for how long; nothing where there was no audit or it found nothing. */
export function debtLines(audit: LedgerEvent | null, now: string): readonly string[] {
  if (audit === null) return [];
  const findings = audited.safeParse(audit.detail).data?.findings ?? [
    finding.parse({ what: JSON.stringify(audit.detail) }),
  ];
  if (findings.length === 0) return [];
  const age = span(Date.parse(now) - Date.parse(audit.at));
  return [
    `  left open, found ${age} ago:`,
    ...findings.map(({ what, remedy }) => `    ! ${what}${remedy === undefined ? '' : `. ${remedy}`}`),
  ];
}
