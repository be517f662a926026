const ISO = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(\.\d+)?([+-])(\d\d)(?::?(\d\d))?(?::?(\d\d))?$/;

/**
 * `2026-01-01 01:30:00.123456+02` → `2025-12-31 23:30:00.123456`: the service returns UTC without an offset, whatever
 * the session's time zone. Other forms (infinity, BC, five-digit years) pass as PostgreSQL wrote them.
 */
export function timestamptzInUtc(text: string): string {
  const match = ISO.exec(text);
  if (match === null) return text;
  const part = (group: number): number => Number(match[group] ?? 0);
  const offset = (match[8] === '-' ? -1 : 1) * (part(9) * 3_600 + part(10) * 60 + part(11));
  const at = new Date(0);
  // Date.UTC would take the years 0 to 99 for those of the last century.
  at.setUTCFullYear(part(1), part(2) - 1, part(3));
  at.setUTCHours(part(4), part(5), part(6) - offset);
  return `${at.toISOString().slice(0, 19).replace('T', ' ')}${match[7] ?? ''}`;
}
