import type { BuiltIndex } from '../dialects/partition-indexes.ts';
import type { DatabaseQuestions, Refusal, Subject } from './kind.ts';

/** An index that the table has under another name already, where the engine minds. */
export async function twinRefusals(
  index: BuiltIndex,
  { table, sql }: Subject,
  ask: Pick<DatabaseQuestions, 'indexes'>,
  key: string,
): Promise<readonly Refusal[]> {
  const twin = sql.indexes.twin(index, await ask.indexes());
  if (twin === null) return [];
  return [
    {
      key,
      fact: `${table.schema}.${table.name} has this index already: ${twin} ${index.definition}`,
      remedy:
        'Use that one. Another name for it is `ALTER TABLE … RENAME INDEX … TO …`, in a change of the kind sql.',
    },
  ];
}
