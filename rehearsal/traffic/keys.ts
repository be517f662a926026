import { z } from 'zod';
import { pick, type Random } from './random.ts';

/** A row's key: the text of each key column, as JSON, so that it can stand in a Map. */
export type Key = string;

export const keyOf = (values: readonly string[]): Key => JSON.stringify(values);
const keyValues = z.array(z.string());
export const valuesOf = (key: Key): readonly string[] => keyValues.parse(JSON.parse(key));

const tries = 20;

/** The rows that the traffic knows, and which of them a write is under way to: no two writes meet on one row. */
export class Keys {
  readonly #all: KeySet;
  readonly #inserted = new KeySet([]);
  readonly #claimed = new Set<Key>();

  constructor(existing: readonly Key[]) {
    this.#all = new KeySet(existing);
  }

  /** Any row, claimed or not; reads go anywhere. */
  any(random: Random): Key | undefined {
    return this.#all.any(random);
  }

  /** A row that no write is under way to. Must be released. `inserted`: only of those that the traffic inserted. */
  claim(random: Random, among: 'all' | 'inserted' = 'all'): Key | undefined {
    const keys = among === 'all' ? this.#all : this.#inserted;
    for (let n = 0; n < tries; n += 1) {
      const key = keys.any(random);
      if (key === undefined) return undefined;
      if (this.#claimed.has(key)) continue;
      this.#claimed.add(key);
      return key;
    }
    return undefined;
  }

  get size(): number {
    return this.#all.size;
  }

  release(key: Key): void {
    this.#claimed.delete(key);
  }

  added(key: Key): void {
    this.#all.add(key);
    this.#inserted.add(key);
  }

  /** The row is gone, or nobody knows: nothing is to be sent to it any more. */
  removed(key: Key): void {
    this.#all.delete(key);
    this.#inserted.delete(key);
  }
}

/** A set from which a random member is had in constant time. */
class KeySet {
  readonly #list: Key[];
  readonly #places: Map<Key, number>;

  constructor(keys: readonly Key[]) {
    this.#list = [...keys];
    this.#places = new Map(keys.map((key, place) => [key, place]));
  }

  get size(): number {
    return this.#list.length;
  }

  any(random: Random): Key | undefined {
    return pick(this.#list, random);
  }

  add(key: Key): void {
    if (this.#places.has(key)) return;
    this.#places.set(key, this.#list.length);
    this.#list.push(key);
  }

  delete(key: Key): void {
    const place = this.#places.get(key);
    const last = this.#list.at(-1);
    if (place === undefined || last === undefined) return;
    this.#list[place] = last;
    this.#places.set(last, place);
    this.#list.pop();
    this.#places.delete(key);
  }
}
