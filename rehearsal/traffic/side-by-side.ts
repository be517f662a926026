import type { Side } from './readers.ts';
import type { Answer, Query } from './query.ts';
import type { Random } from './random.ts';

/** What becomes of the second statement of a write to both sides. */
type Fate = 'sent' | 'lost' | 'killed';

/** A connection that breaks between two statements of a request. */
class SecondWriteLost extends Error {
  override readonly name = 'SecondWriteLost';
  readonly code = 'ECONNRESET';
}

/** The process was killed between two statements of a request: its caller has no answer. */
export class KilledInBetween extends Error {
  override readonly name = 'KilledInBetween';
}

/** One second statement in a hundred is lost, and before one in four hundred the process is killed. */
const fateOf = (random: Random): Fate => {
  const chance = random();
  return chance < 0.01 ? 'lost' : chance < 0.0125 ? 'killed' : 'sent';
};

type Write = (ways: Readonly<Record<Side, () => Promise<Answer>>>) => Promise<Answer>;

/**
 * Writes both sides, each by a statement of its own, as `write` orders them. A write that is refused because its second
 * statement was lost is sent once more, as an application would.
 */
export async function sideBySide(
  queries: Readonly<Record<Side, Query>>,
  run: (query: Query) => Promise<Answer>,
  { write, random }: { readonly write: Write; readonly random: Random },
): Promise<Answer> {
  const fate = fateOf(random);
  try {
    const answer = await write(waysOf(queries, run, fate));
    if (fate === 'killed') throw new KilledInBetween();
    return answer;
  } catch (error) {
    if (fate === 'killed') throw new KilledInBetween();
    if (!(error instanceof SecondWriteLost)) throw error;
    return write(waysOf(queries, run, 'sent'));
  }
}

function waysOf(
  queries: Readonly<Record<Side, Query>>,
  run: (query: Query) => Promise<Answer>,
  fate: Fate,
): Readonly<Record<Side, () => Promise<Answer>>> {
  let written = 0;
  const way = (side: Side) => async (): Promise<Answer> => {
    written += 1;
    if (written > 1 && fate !== 'sent') throw new SecondWriteLost('the second write was lost');
    return run(queries[side]);
  };
  return { old: way('old'), new: way('new') };
}
