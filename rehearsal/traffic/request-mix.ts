import type { Random } from './random.ts';

export const requestKinds = ['read', 'update', 'update-other', 'insert', 'delete'] as const;
/** `update` writes the column that the migration is about, `update-other` another one. */
export type RequestKind = (typeof requestKinds)[number];

/** In percent. */
const shares: Readonly<Record<RequestKind, number>> = {
  read: 70,
  update: 15,
  'update-other': 5,
  insert: 7,
  delete: 3,
};

/** The kind of the next request; one that this table cannot take becomes a read, so that the rate stays. */
export function nextKind(random: Random, possible: ReadonlySet<RequestKind>): RequestKind {
  let left = random() * 100;
  for (const kind of requestKinds) {
    left -= shares[kind];
    if (left < 0) return possible.has(kind) ? kind : 'read';
  }
  return 'read';
}
