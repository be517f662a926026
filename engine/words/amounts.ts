/** How numbers are said to people. */

export const countText = (count: number): string => Math.round(count).toLocaleString('en-US');

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${countText(count)} ${Math.round(count) === 1 ? one : many}`;

const byteUnits = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** 1,234,567 is `1.2 MB`. */
export function bytesText(bytes: number): string {
  const power = Math.min(byteUnits.length - 1, Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1000)));
  return `${Number((bytes / 1000 ** power).toPrecision(3)).toLocaleString('en-US')} ${byteUnits[power]}`;
}

const timeUnits = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** About how long, in two units at the most: 9,000 s is `2 h 30 min`. */
export function aboutSeconds(seconds: number): string {
  if (seconds < 1) return 'under 1 s';
  const first = timeUnits.findIndex(([, size]) => seconds >= size);
  const [unit, size] = timeUnits[first] ?? timeUnits[3];
  const next = timeUnits[first + 1];
  if (next === undefined) return `${Math.round(seconds)} ${unit}`;
  const [small, smallSize] = next;
  const rounded = Math.round(seconds / smallSize) * smallSize;
  // 59.6 minutes are an hour.
  if (rounded > seconds && timeUnits.some(([, whole]) => whole === rounded && whole > size))
    return aboutSeconds(rounded);
  const rest = Math.round((rounded % size) / smallSize);
  return `${Math.floor(rounded / size)} ${unit}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

/** `0.34` is `34 %`; small shares keep a digit. */
export const shareText = (share: number): string =>
  `${Number((share * 100).toPrecision(share < 0.1 ? 1 : 2))} %`;
