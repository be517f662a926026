import type { DatabaseQuestions, Refusal, Subject } from './kind.ts';
import { onPartitions } from './partition-indexes.ts';

interface Part {
  readonly index: string;
  readonly partition: string;
  readonly schema: string;
  readonly name: string;
}

/**
 * What keeps partitions from having their parts of these indexes: two would have one name, as those of `c` on `a_b` and of `b_c` on `a`,
 * or something else has it.
 */
export async function partNameRefusals(
  key: string,
  indexes: readonly { readonly as: string }[],
  { table, catalog, sql }: Subject,
  taken: DatabaseQuestions['taken'],
): Promise<readonly Refusal[]> {
  const on = onPartitions(catalog.partitions, sql);
  if (on === null || indexes.length === 0) return [];
  const parts = on.partitions.flatMap((partition) =>
    indexes.map(({ as }): Part => ({
      index: as,
      partition: partition.name,
      schema: partition.schema,
      name: on.by.called(partition.name, as),
    })),
  );
  const doubles = parts.flatMap((part, at) => {
    const first = parts.findIndex(({ schema, name }) => schema === part.schema && name === part.name);
    const other = parts[first];
    return first === at || other === undefined ? [] : [doubled(key, other, part)];
  });
  if (doubles.length > 0) return doubles;
  const beside = parts.filter(({ schema }) => schema === table.schema);
  const there = beside.length === 0 ? [] : await taken(beside.map(({ name }) => name));
  return beside.filter(({ name }) => there.includes(name)).map((part) => occupied(key, part));
}

const spoken = ({ index, partition }: Part): string => `that of ${index} on ${partition}`;

const doubled = (key: string, one: Part, other: Part): Refusal => ({
  key,
  fact: `two parts of indexes would be called ${one.schema}.${one.name}: ${spoken(one)} and ${spoken(other)}`,
  remedy: 'Rename one of these indexes or of these partitions first.',
  waitsFor: 'database',
});

const occupied = (key: string, part: Part): Refusal => ({
  key,
  fact: `${part.schema}.${part.name} exists already, and ${spoken(part)} would get its name`,
  remedy: 'Rename what has the name first, or drop it if nobody uses it.',
  waitsFor: 'database',
});
