import type { Names } from '../dialects/definitions.ts';

const mostTries = 20;

/**
 * What an index or constraint of `from` may be called on `to`, the best name first: `users_email_key` becomes
 * `users_email_address_key`, a name without the column gets it appended, and further ones are numbered.
 */
export function namesFor(
  name: string,
  from: string,
  to: string,
  names: Pick<Names, 'shortened'>,
): readonly string[] {
  const best = from !== '' && name.includes(from) ? name.replace(from, () => to) : `${name}_${to}`;
  return Array.from({ length: mostTries }, (_, n) => names.shortened(n === 0 ? best : `${best}_${n}`));
}

/** Gives the first of some names that is neither taken nor given before. */
export function freeNames(taken: readonly string[]): (wanted: readonly string[]) => string {
  const gone = new Set(taken);
  return (wanted) => {
    const free = wanted.find((name) => !gone.has(name));
    if (free === undefined) throw new Error(`all of these names are taken: ${wanted.join(', ')}`);
    gone.add(free);
    return free;
  };
}
