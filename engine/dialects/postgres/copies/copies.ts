import type { CopiesSql } from '../../copies.ts';
import { compareSwapped, copyWalk } from './copy-walk.ts';
import { differencesBack, differencesThere } from './differences.ts';
import { dropOld, swap, swapBack } from './exchange.ts';
import { copyFollows, endFunction, endTriggers, mirrorTriggers, startMirror } from './mirror.ts';
import { createShadow, dropShadow, triedShadow } from './shadow.ts';

/** A table, its partitioned copy, and the exchange of the two. */
export const copies: CopiesSql = {
  create: createShadow,
  drop: dropShadow,
  tried: triedShadow,
  start: (copy) => ({
    kind: 'brief',
    does: `write every change of ${copy.table.name} to ${copy.fresh.name} too`,
    lock: 'SHARE ROW EXCLUSIVE',
    statements: startMirror(copy, copyFollows(copy)),
  }),
  end: (copy) => ({
    kind: 'brief',
    does: 'end the dual write',
    lock: 'ACCESS EXCLUSIVE',
    statements: [...endTriggers(copy.migration, copy.table), endFunction(copy.migration)],
  }),
  swap,
  swapBack,
  dropOld,
  differences: (copy) => ({ swap: differencesThere(copy), back: differencesBack(copy) }),
  walk: copyWalk,
  compareSwapped,
  triggers: mirrorTriggers,
};
