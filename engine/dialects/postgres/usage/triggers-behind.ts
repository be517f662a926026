import type { SqlParser } from '../../../database/sql-parser.ts';
import type { BodyNaming } from '../naming/function-naming.ts';
import { bodiesNaming, userTriggers } from './catalog-needs.ts';
import type { ColumnPlace } from './old-column.ts';

/**
 * Other people's triggers that know an old column and none of those that take its place, each with the reason: a writer of
 * the new ones would not meet their rules. What cannot be read for sure is among them.
 */
export async function triggersBehind(
  places: readonly ColumnPlace[],
  to: readonly string[],
  parser: SqlParser,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const place of places) found.push(...(await behindOn(place, to, parser)));
  return [...new Set(found)];
}

async function behindOn(
  place: ColumnPlace,
  to: readonly string[],
  parser: SqlParser,
): Promise<readonly string[]> {
  const triggers = await userTriggers(place);
  if (triggers.length === 0) return [];
  const { column } = place;
  const old = namingsOf(await bodiesNaming(place, parser));
  const renewed: ReadonlyMap<string, BodyNaming>[] = [];
  for (const each of to) renewed.push(namingsOf(await bodiesNaming({ ...place, column: each }, parser)));
  const knowsOldAlone = (names: readonly string[]): boolean =>
    names.includes(column) && !to.some((each) => names.includes(each));
  return triggers.flatMap(({ name, function: runs, columns, arguments: given }) => {
    const now = renewed.map((namings) => namings.get(runs) ?? 'no');
    const reasons = [
      ...(knowsOldAlone(columns) ? [`fires on ${column} alone`] : []),
      ...(knowsOldAlone(given) ? [`is given ${column} alone`] : []),
      ...bodyReason(old.get(runs) ?? 'no', now, { runs, column }),
    ];
    return reasons.length === 0 ? [] : [`${name} ${reasons.join(', ')}`];
  });
}

function bodyReason(
  old: BodyNaming,
  renewed: readonly BodyNaming[],
  { runs, column }: { readonly runs: string; readonly column: string },
): readonly string[] {
  if (old === 'no' || renewed.includes('names')) return [];
  return old === 'names' && !renewed.includes('may name')
    ? [`runs ${runs}, which names ${column} alone`]
    : [`runs ${runs}, which may name ${column} and cannot be read for sure`];
}

const namingsOf = (
  bodies: readonly { readonly name: string; readonly naming: BodyNaming }[],
): ReadonlyMap<string, BodyNaming> => new Map(bodies.map(({ name, naming }) => [name, naming]));
