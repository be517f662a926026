import type { Finding, AuditVerdict } from './audited.ts';

/** One thing that was looked at: what is well about it, and what is not. */
export interface AuditItem {
  readonly well: string;
  readonly found: readonly Finding[];
}

export const auditVerdict = (looks: readonly AuditItem[]): AuditVerdict => ({
  open: looks.flatMap(({ found }) => found),
  passed: looks.filter(({ found }) => found.length === 0).map(({ well }) => well),
});

export const auditItem = (well: string, ...found: readonly (Finding | false)[]): AuditItem => ({
  well,
  found: found.filter((each) => each !== false),
});

/** A remedy that is one statement. */
export const runRemedy = (statement: string): string => `Run: ${statement}`;
