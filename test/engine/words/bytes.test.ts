import { expect, test } from 'vitest';
import { parseBytes } from '../../../engine/words/bytes.ts';

test.each([
  ['1kB', 1000],
  ['0.07MB', 70_000],
  ['1.5GB', 1_500_000_000],
  ['2TB', 2e12],
])('%s is %d bytes', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

test.each(['', '10', '10 GB', '10gb', '10GiB', '-1GB', '1e3MB', '.5GB', '10B'])('%s is no size', (text) => {
  expect(parseBytes(text)).toBeUndefined();
});
