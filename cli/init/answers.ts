import type { SpecProblem } from '../../engine/database/errors.ts';
import { UsageError } from '../usage-error.ts';
import type { Asker, Choice } from './asker.ts';
import type { Question } from '../../engine/changes/kind.ts';
import { kindNames, kinds, type KindName } from '../../engine/changes/kinds.ts';
import { tableQuestion, ticketQuestions } from './questions.ts';

/** By key; what was left out is not there. */
export type Answers = Readonly<Record<string, string>>;

export interface MigrationAnswers {
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

/** What is wrong with the file that these answers would make, as far as they go. */
export type Check = (soFar: MigrationAnswers) => Promise<readonly SpecProblem[]>;

/**
 * Flags win; the rest is asked, or, where nobody is there to be asked, refused by UsageError with all that is missing.
 * An answer that is wrong is asked again at once; the others are kept.
 */
export async function collectAnswers(
  flags: Answers,
  asker: Asker | null,
  offers: Offers | null,
  check: Check = () => Promise.resolve([]),
): Promise<MigrationAnswers> {
  const kind = await kindOf(flags['kind'], asker);
  const draft: Draft = { kind, table: '', change: {}, ticket: {} };
  if (asker === null) refuseMissing(kind, [tableQuestion, ...kinds[kind].asks], flags);
  const source = { flags, asker, check };
  const put = async (question: Question, place: FileSection, more: Partial<Source> = {}): Promise<void> =>
    settle(question, draft, place, { ...source, ...more });

  await put(tableQuestion, 'table', { choices: await offers?.tables() });
  const choices = offers === null ? undefined : await offers.columns(draft.table);
  for (const question of kinds[kind].asks) await put(question, 'change', { choices });
  draft.ticket['goal'] = flags['goal'] ?? suggestedGoal(kind, draft.table, draft.change);
  const suggestions = { ...draft.ticket };
  for (const question of ticketQuestions) await put(question, 'ticket', { suggestions });
  // Some of it is known to be wrong only when all of it is there.
  for (;;) {
    const wrong = await wrongQuestion(draft, source);
    if (wrong === undefined) return draft;
    await put(wrong.question, wrong.place, { choices, suggestions });
  }
}

interface Draft {
  readonly kind: KindName;
  table: string;
  readonly change: Record<string, string>;
  readonly ticket: Record<string, string>;
}

type FileSection = 'table' | 'change' | 'ticket';

/** Puts an answer where it belongs, and asks again until it is right. A flag is taken as it is. */
async function settle(question: Question, draft: Draft, place: FileSection, source: Source): Promise<void> {
  for (;;) {
    const value = await answer(question, source);
    if (place === 'table') draft.table = value ?? '';
    else if (value !== undefined) draft[place][question.key] = value;
    else if (question.key !== 'goal') delete draft[place][question.key];
    const problem = await problemWith(question, place, draft, source);
    if (problem === undefined || value === undefined) return;
    source.asker?.report(`${problem.fact} ${problem.remedy}`);
  }
}

/** The first problem that another answer of a person can fix. */
async function problemWith(
  { key }: Question,
  place: FileSection,
  draft: Draft,
  { flags, asker, check }: Pick<Source, 'flags' | 'asker' | 'check'>,
): Promise<SpecProblem | undefined> {
  if (asker === null || flags[key] !== undefined) return undefined;
  const keyInFile = place === 'change' ? `change.${key}` : key;
  return (await check(draft)).find((problem) => problem.key === keyInFile);
}

async function wrongQuestion(
  draft: Draft,
  source: Pick<Source, 'flags' | 'asker' | 'check'>,
): Promise<{ readonly question: Question; readonly place: FileSection } | undefined> {
  const asked = [
    { question: tableQuestion, place: 'table' as const },
    ...kinds[draft.kind].asks.map((question) => ({ question, place: 'change' as const })),
    ...ticketQuestions.map((question) => ({ question, place: 'ticket' as const })),
  ];
  for (const each of asked) {
    const problem = await problemWith(each.question, each.place, draft, source);
    if (problem === undefined) continue;
    source.asker?.report(`${problem.fact} ${problem.remedy}`);
    return each;
  }
  return undefined;
}

async function kindOf(flag: string | undefined, asker: Asker | null): Promise<KindName> {
  const given =
    flag ??
    (await asker?.choice(
      'What kind of change?',
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
  readonly check: Check;
  readonly choices?: readonly Choice[] | undefined;
  readonly suggestions?: Answers;
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
