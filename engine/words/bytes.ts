/** A size in decimal units, as messages write them: `10GB`. */
export const bytesPattern = /^\d+(?:\.\d+)?(?:kB|MB|GB|TB)$/;

const powers: Readonly<Record<string, number>> = { kB: 3, MB: 6, GB: 9, TB: 12 };

/** `1.5MB` is 1,500,000; undefined if the text is not a size. */
export function parseBytes(text: string): number | undefined {
  if (!bytesPattern.test(text)) return undefined;
  // Shifted in decimal, so that 0.07MB is 70,000 and no fraction of a byte beside it.
  return Math.round(Number(`${text.slice(0, -2)}e${powers[text.slice(-2)] ?? 0}`));
}
