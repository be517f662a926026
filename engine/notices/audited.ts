import * as z from 'zod';
import type { Section } from './notice.ts';
import { noticeSection } from './wording.ts';

/** What the audit at the end has found; or why there was none. */
export const auditOutcome = z
  .union([
    z.object({
      open: z.array(z.object({ what: z.string(), since: z.string(), remedy: z.string() })),
      passed: z.array(z.string()),
    }),
    z.object({ failed: z.string() }),
  ])
  .nullable();

/** The audit for people: what is left first. */
export function auditSections(audit: z.infer<typeof auditOutcome>): readonly Section[] {
  if (audit === null) return [];
  if ('failed' in audit)
    return [
      noticeSection('The audit of what is left could not be made', [
        `${audit.failed}; ask \`underpin status\` for it again`,
      ]),
    ];
  if (audit.open.length === 0)
    return [noticeSection('What is left: nothing', [`${audit.passed.length} things were looked at`])];
  return [
    noticeSection(
      `What is left: ${audit.open.length}`,
      audit.open.map(({ what, remedy }) => `${what}. ${remedy}`),
    ),
  ];
}
