import { createHash } from 'node:crypto';
import jsonata from 'jsonata';
import type { Clock } from '../clock.ts';
import { parseJson, type Json } from './json.ts';

/** What the functions take their time and chance from. */
export interface Chance {
  readonly clock: Pick<Clock, 'now'>;
  readonly random: () => number;
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** The functions that Step Functions adds to JSONata, its clock functions on our clock, and `$eval` taken away. */
export function serviceFunctions({ clock, random }: Chance): Readonly<Record<string, unknown>> {
  return {
    eval: undefined,
    partition,
    range,
    hash,
    random: (seed?: number) => (seed === undefined ? random() : seeded(seed)),
    uuid: () => uuid(random),
    parse: (text?: string) => (text === undefined ? undefined : parseJson(text)),
    millis: () => clock.now(),
    now: (picture?: string, timezone?: string) => format(clock.now(), picture, timezone),
  };
}

function partition(
  array: readonly Json[] | undefined,
  size: number,
): readonly (readonly Json[])[] | undefined {
  if (array === undefined) return undefined;
  const step = Math.floor(size);
  if (!(step > 0)) throw new Error(`$partition: the chunk size must be positive, was ${String(size)}`);
  const chunks = [];
  for (let from = 0; from < array.length; from += step) chunks.push(array.slice(from, from + step));
  return chunks;
}

/** Both ends belong to it. The service allows 1,000 values; one alone is no array, as everywhere in JSONata. */
function range(first: number, last: number, step: number): readonly number[] | number {
  const start = Math.floor(first);
  const end = Math.floor(last);
  const delta = Math.floor(step);
  if (delta === 0 || Number.isNaN(start + end + delta))
    throw new Error('$range: the step must be a number other than 0');
  const length = Math.max(0, Math.floor((end - start) / delta) + 1);
  if (length > 1000) throw new Error(`$range: ${length} values are more than 1000`);
  if (length === 1) return start;
  return Array.from({ length }, (_, index) => start + index * delta);
}

function hash(content: unknown, algorithm: string): string | undefined {
  if (content === undefined) return undefined;
  const name = ALGORITHMS[algorithm];
  if (name === undefined)
    throw new Error(`$hash: ${algorithm} is none of ${Object.keys(ALGORITHMS).join(', ')}`);
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return createHash(name).update(text).digest('hex');
}

/** One step of mulberry32 (public domain, Tommy Ettinger): the same seed gives the same number. */
function seeded(seed: number): number {
  let mixed = (Math.floor(seed) + 0x6d2b79f5) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

/** A version 4 UUID. */
export function uuid(random: () => number): string {
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replaceAll(/[xy]/g, (letter) => {
    const digit = Math.floor(random() * 16);
    return (letter === 'x' ? digit : (digit % 4) + 8).toString(16);
  });
}

const fromMillis = jsonata('$fromMillis($millis, $picture, $timezone)');

const format = (
  millis: number,
  picture: string | undefined,
  timezone: string | undefined,
): Promise<unknown> => fromMillis.evaluate(undefined, { millis, picture, timezone });
