import type { Grant } from '../plan/expected.ts';
import type { SidesFacts } from './sides-facts.ts';

/** What a reviewer must know of the old columns' own properties, which no new column takes over as they are. */
export const sidesWarnings = (
  { old, new: fresh }: SidesFacts,
  grants: readonly Grant[],
): readonly string[] => {
  const names = fresh.map(({ column: { name } }) => name).join(', ');
  return [
    ...old.flatMap(({ catalog: { name, comment, statistics, storage, compression, options } }) => [
      ...(comment === null ? [] : [`the comment of ${name} is not carried over to ${names}`]),
      ...([statistics, storage, compression, options].every((each) => each === null)
        ? []
        : [`storage, compression and statistics settings of ${name} are not carried over to ${names}`]),
    ]),
    ...old.flatMap(({ catalog: { name, grants: its } }) =>
      (its ?? [])
        .filter(
          ({ grantee, privilege }) =>
            !grants.some((shared) => shared.grantee === grantee && shared.privilege === privilege),
        )
        .map(
          ({ grantee, privilege }) =>
            `${grantee ?? 'PUBLIC'} has ${privilege} on ${name} and not on every old column: it gets none on ${names}`,
        ),
    ),
    ...fresh
      .filter(({ column: { notNull } }) => notNull)
      .map(
        ({ column: { name } }) =>
          `${name} is NOT NULL from verify on: a write of the old columns that gives no value for it is refused from then on`,
      ),
  ];
};
