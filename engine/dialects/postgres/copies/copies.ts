import { brief } from '../../../plan/brief.ts';
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
  start: (copy) =>
    brief(
      `write every change of ${copy.table.name} to ${copy.fresh.name} too`,
      'SHARE ROW EXCLUSIVE',
      startMirror(copy, copyFollows(copy)),
    ),
  end: (copy) =>
    brief('end the dual write', 'ACCESS EXCLUSIVE', [
      ...endTriggers(copy.migration, copy.table),
      endFunction(copy.migration),
    ]),
  swap,
  swapBack,
  dropOld,
  differences: (copy) => ({ swap: differencesThere(copy), back: differencesBack(copy) }),
  walk: copyWalk,
  compareSwapped,
  triggers: mirrorTriggers,
};
