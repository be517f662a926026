import { UsageError } from '../usage-error.ts';
import type { Asker, Choice } from './asker.ts';
import type { Question } from '../../engine/changes/kind.ts';
import { kindNames, kinds, type KindName } from '../../engine/changes/kinds.ts';
import { tableQuestion, ticketQuestions } from './questions.ts';

/** By key; what was left out is not there. */
export type Answers = Readonly<Record<string, string>>;

export interface Answered {
  readonly kind: KindName;
  readonly table: string;
  readonly change: Answers;
  readonly ticket: Answers;
}

/** What is there to choose from; nothing without a database. */
export interface Offers {
  tables(): Promise<readonly Choice[]>;
  columns(table: string): Promise<readonly Choice[]>;
}

/** Flags win; the rest is asked, or, where nobody is there to be asked, refused by UsageError with all that is missing. */
export async function answered(
  flags: Answers,
  asker: Asker | null,
  offers: Offers | null,
): Promise<Answered> {
  const kind = await kindOf(flags['kind'], asker);
  const wanted = [tableQuestion, ...kinds[kind].asks];
  if (asker === null) refuseMissing(kind, wanted, flags);
  const table = (await answer(tableQuestion, { flags, asker, choices: await offers?.tables() })) ?? '';
  const columns = offers === null ? undefined : await offers.columns(table);
  const change = await answers(kinds[kind].asks, { flags, asker, choices: columns });
  const goal = flags['goal'] ?? suggestedGoal(kind, table, change);
  const ticket = await answers(ticketQuestions, { flags, asker, suggestions: { goal } });
  return { kind, table, change, ticket: { goal, ...ticket } };
}

async function kindOf(flag: string | undefined, asker: Asker | null): Promise<KindName> {
  const given =
    flag ??
    (await asker?.choice(
      'What shall change?',
      kindNames.map((value) => ({ value, name: `${value}: ${kinds[value].inWords}` })),
    ));
  const kind = kindNames.find((name) => name === given);
  if (kind !== undefined) return kind;
  throw new UsageError(
    given === undefined
      ? `Nobody is at a terminal to be asked. Give --kind (${kindNames.join(', ')}) and what it needs; underpin init --help shows it.`
      : `--kind takes one of: ${kindNames.join(', ')}; not "${given}".`,
  );
}

function refuseMissing(kind: KindName, wanted: readonly Question[], flags: Answers): void {
  const missing = wanted.filter(({ key, optional }) => optional === undefined && flags[key] === undefined);
  if (missing.length > 0)
    throw new UsageError(
      `Nobody is at a terminal to be asked. ${kind} needs ${missing.map(({ flag }) => `--${flag}`).join(', ')} too.`,
    );
}

interface Source {
  readonly flags: Answers;
  readonly asker: Asker | null;
  readonly choices?: readonly Choice[] | undefined;
  readonly suggestions?: Answers;
}

async function answers(questions: readonly Question[], source: Source): Promise<Answers> {
  const given: Record<string, string> = {};
  for (const question of questions) {
    const value = await answer(question, source);
    if (value !== undefined) given[question.key] = value;
  }
  return given;
}

/** undefined: it is left out. */
async function answer(
  question: Question,
  { flags, asker, choices, suggestions }: Source,
): Promise<string | undefined> {
  const { key, asks, optional, offers, truth } = question;
  const flag = flags[key];
  if (flag !== undefined || asker === null) return flag;
  if (truth) return (await asker.yes(asks)) ? 'true' : undefined;
  if (offers !== undefined && choices !== undefined && choices.length > 0) return asker.choice(asks, choices);
  for (;;) {
    const text = (
      await asker.text(optional ? `${asks} (may be empty)` : asks, suggestions?.[key] ?? '')
    ).trim();
    if (text !== '') return text;
    if (optional) return undefined;
  }
}

const suggestedGoal = (kind: KindName, table: string, change: Answers): string =>
  kinds[kind].goal(table.replace(/^public\./u, ''), change);
