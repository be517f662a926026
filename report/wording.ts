/** `1,234,567`; a fraction keeps two digits at most. */
export const number = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 });

export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** Milliseconds with as many digits as mean something. */
export function milliseconds(ms: number): string {
  if (ms >= 10_000) return duration(ms);
  if (Number.isInteger(ms)) return `${whole(ms)} ms`;
  return ms < 100 ? `${ms.toFixed(ms < 1 ? 2 : 1)} ms` : `${whole(ms)} ms`;
}

/** A length of time in its two largest units: `0.34 s`, `25.6 s`, `4 min 10 s`, `3 d 2 h`. */
export function duration(ms: number): string {
  if (ms < 60_000 && ms % 1000 === 0) return `${ms / 1000} s`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const units = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1000, 's'],
  ] as const;
  const first = units.findIndex(([size]) => ms >= size);
  const [large = [60_000, 'min'], small = [1000, 's']] = units.slice(first, first + 2);
  // Rounded first: 59.7 s are never 60 s beside a minute.
  const rounded = Math.round(ms / small[0]) * small[0];
  if (rounded !== ms) return duration(rounded);
  const rest = (rounded % large[0]) / small[0];
  return `${Math.floor(rounded / large[0])} ${large[1]}${rest === 0 ? '' : ` ${rest} ${small[1]}`}`;
}

/** `every second`, `every 0.2 s`, `every 5 min`. */
export function every(seconds: number): string {
  if (seconds === 1) return 'every second';
  return seconds < 60 ? `every ${seconds} s` : `every ${duration(seconds * 1000)}`;
}

/** Cents where it is cents; more digits where less would be nothing. */
export function dollars(usd: number): string {
  if (usd === 0) return '$0.00';
  if (usd < 0.0001) return '< $0.0001';
  return `$${usd.toFixed(usd < 0.1 ? 4 : 2)}`;
}

/** A share of 1: `0.02 %`, `100 %`. */
export const percent = (share: number): string =>
  share > 0 && share < 0.000_001
    ? 'less than 0.0001 %'
    : `${(share * 100).toLocaleString('en-US', { maximumSignificantDigits: share >= 1 ? 3 : 2 })} %`;

/** `2026-07-24 14:02:11` in UTC. */
export const moment = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${number(count)} ${count === 1 ? one : many}`;
