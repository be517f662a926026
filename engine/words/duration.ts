const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const units = Object.entries(unitMs);

/** A duration as a person writes it: whole numbers, largest unit first, each unit once: `500ms`, `72h`, `1h30m`. */
export const durationPattern = /^(?=\d)(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?$/;

/** Milliseconds; undefined if the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  if (!durationPattern.test(text)) return undefined;
  return [...text.matchAll(/(\d+)(ms|[dhms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * msOf(unit),
    0,
  );
}

function msOf(unit: string | undefined): number {
  return units.find(([name]) => name === unit)?.[1] ?? Number.NaN;
}

/** The shortest text that parseDuration reads back as the same number of whole milliseconds. */
export function formatDuration(milliseconds: number): string {
  let rest = milliseconds;
  const parts = units.map(([name, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count > 0 ? `${count}${name}` : '';
  });
  return parts.join('') || '0s';
}
