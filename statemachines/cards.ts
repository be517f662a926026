import { z } from 'zod';

const state = z.looseObject({
  Type: z.string(),
  Resource: z.string().default(''),
  Next: z.string().optional(),
  Default: z.string().optional(),
  Choices: z.array(z.looseObject({ Next: z.string() })).default([]),
  Catch: z.array(z.looseObject({ Next: z.string() })).default([]),
  get ItemProcessor(): z.ZodOptional<typeof scope> {
    return scope.optional();
  },
  get Branches(): z.ZodDefault<z.ZodArray<typeof scope>> {
    return z.array(scope).default([]);
  },
});
const scope = z.looseObject({ StartAt: z.string(), States: z.record(z.string(), state) });
type State = z.infer<typeof state>;
type Scope = z.infer<typeof scope>;

/** What a state is to whoever reads the picture. */
export type Kind = 'task' | 'choice' | 'hold' | 'machine' | 'loop' | 'wait' | 'end' | 'stop';

export interface Line {
  readonly name: string;
  readonly kind: Kind;
  readonly depth: number;
}

export interface Card {
  readonly title: string;
  readonly lines: readonly Line[];
  /** That a plan may do without it. */
  readonly optional: boolean;
  /** That whatever fails in it is rolled back. */
  readonly backs: boolean;
}

const kindOf = ({ Type, Resource }: State): Kind => {
  if (Type === 'Choice') return 'choice';
  if (Type === 'Wait') return 'wait';
  if (Type === 'Map') return 'loop';
  if (Type === 'Succeed') return 'end';
  if (Type === 'Fail') return 'stop';
  if (Resource.endsWith('.waitForTaskToken')) return 'hold';
  return Resource.includes('startExecution') ? 'machine' : 'task';
};

/** A state may be left out that only gives another its output. */
const isPlumbing = ({ Type }: State): boolean => Type === 'Pass' || Type === 'Succeed';

function linesIn({ States }: Scope, depth = 0): readonly Line[] {
  return Object.entries(States).flatMap(([name, each]) => [
    ...(isPlumbing(each) ? [] : [{ name, kind: kindOf(each), depth }]),
    ...(each.ItemProcessor ? linesIn(each.ItemProcessor, depth + 1) : []),
  ]);
}

/** The states of the machine in the order in which they stand: its frames, and what stands between them as a card each. */
function cardsIn(machine: Scope): readonly Card[] {
  const cards: Card[] = [];
  let loose: Line[] = [];
  const gather = (title: string): void => {
    if (loose.length > 0) cards.push({ title, lines: loose, optional: false, backs: false });
    loose = [];
  };
  for (const [name, each] of Object.entries(machine.States)) {
    const [branch] = each.Branches;
    if (branch === undefined) {
      // Whether a phase is planned is drawn as the border of its card.
      if (each.Type !== 'Pass' && !name.endsWith(' planned?'))
        loose.push({ name, kind: kindOf(each), depth: 0 });
      continue;
    }
    gather('Plan');
    cards.push({
      title: name,
      lines: linesIn(branch),
      optional: isOptional(name, machine),
      backs: each.Catch.some(({ Next }) => Next === 'Rollback'),
    });
  }
  const ends = loose.filter(({ kind }) => kind === 'stop');
  loose = loose.filter(({ kind }) => kind !== 'stop');
  gather('End');
  loose = ends;
  gather(otherEnds);
  return cards;
}

/** A Choice asks whether it is planned, or whether what it belongs to is. */
const isOptional = (name: string, { States }: Scope): boolean =>
  `${name} planned?` in States ||
  Object.entries(States).some(
    ([choice, { Choices }]) => choice.endsWith(' planned?') && Choices.some(({ Next }) => Next === name),
  );

export const otherEnds = 'Other ends';

/** The frames of the migration machine as cards, and what stands before and after them. */
export const cardsOf = (migration: unknown): readonly Card[] => cardsIn(scope.parse(migration));

/** Another machine as one card. */
export const cardOf = (title: string, machine: unknown): Card => ({
  title,
  lines: linesIn(scope.parse(machine)),
  optional: false,
  backs: false,
});
