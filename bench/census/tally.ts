import { questionNames, type QuestionName } from './questions.ts';

/** What was answered to every question of one name: how many plans, and how many refusals for each reason. */
export class Tally {
  private readonly accepted = new Map<QuestionName, number>();
  private readonly refused = new Map<QuestionName, Map<string, number>>();

  accept(name: QuestionName): void {
    this.accepted.set(name, (this.accepted.get(name) ?? 0) + 1);
  }

  refuse(name: QuestionName, reason: string): void {
    const reasons = this.refused.get(name) ?? new Map<string, number>();
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    this.refused.set(name, reasons);
  }

  lines(): readonly string[] {
    return questionNames.flatMap((name) => {
      const reasons = [...(this.refused.get(name) ?? [])].toSorted(([, a], [, b]) => b - a);
      const accepted = this.accepted.get(name) ?? 0;
      const asked = reasons.reduce((sum, [, count]) => sum + count, accepted);
      if (asked === 0) return [];
      const percentOf = (count: number): string => ((100 * count) / asked).toFixed(1);
      const right = reasons.reduce((sum, [reason, count]) => (isRight(reason) ? sum + count : sum), 0);
      const withThose =
        right === 0 ? '' : `, ${percentOf(accepted + right)} % with what no database would take`;
      return [
        '',
        `${name.padEnd(22)}${String(accepted).padStart(8)} of ${asked} accepted, ${percentOf(accepted)} %${withThose}`,
        ...reasons.map(([reason, count]) => `${String(count).padStart(30)}  ${reason}`),
      ];
    });
  }
}

/**
 * Whether the refusal says why the change itself cannot be: a foreign key would have to hold between types that it cannot compare, or an
 * identity be of a type that counts nothing.
 */
const isRight = (reason: string): boolean =>
  reason.endsWith(' under its foreign key') || /is an identity column, which .* cannot be$/u.test(reason);

const notOnMysql =
  /^\w+: MySQL: not supported yet: (?:another column in the place of \S+: )?(?<what>.*?)(?:\. Nothing was changed\.)?$/su;

const withoutNames = (text: string, names: readonly string[]): string =>
  names
    .reduce((all, name) => all.replaceAll(name, '…'), text.split('; ')[0] ?? '')
    .replaceAll(/(?<=\b(?:foreign key|index|check|column|trigger) )\S+(?: of \S+)?/gu, '…');

/** What MySQL's foreign keys forbid: of two types none can be. */
const foreignKeysOnMysql: readonly (readonly [RegExp, string])[] = [
  [
    /: Referencing column .* and referenced column .* are incompatible/u,
    '… cannot have another type under its foreign key',
  ],
  [/^the foreign key \S+ of \S+ is about .*\(3780\)/u, '… cannot have another type under its foreign key'],
  [/^the foreign key \S+ of \S+ refers to .*\(3780\)/u, '… cannot have another type under its foreign key'],
  [/^the foreign key \S+ of \S+ refers to /u, 'a foreign key refers to …'],
  [/^the foreign key \S+ of \S+ is ON DELETE /u, 'a foreign key of … writes rows by itself'],
];

/** A refusal without what it names, so that refusals of one kind are counted as one. */
export function reasonOf(fact: string, names: readonly string[]): string {
  const aboutKey = foreignKeysOnMysql.find(([of]) => of.test(fact));
  if (aboutKey !== undefined) return aboutKey[1];
  const lacks = notOnMysql.exec(fact)?.groups?.['what'];
  if (lacks !== undefined) return `not on MySQL yet: ${withoutNames(lacks, names)}`;
  const [first = '', ...says] = fact.split(': ');
  // What the database says against it is the reason.
  const head = first.startsWith('the database refuses') ? [first, ...says].join(': ') : first;
  const dependent =
    /^(?:rule _RETURN on (?=materialized))?(?<what>materialized view|rule|view|trigger|policy|function|publication|constraint|column|table)\b.* (?<verb>uses|names)\b/u;
  const of = dependent.exec(head)?.groups;
  if (of) return `a ${of['what'] ?? ''} ${of['verb'] ?? ''} the column`;
  return names
    .reduce((text, name) => text.replaceAll(name, '…'), head)
    .replace(/(?<= under )the foreign key \S+(?: of \S+)?$/u, 'its foreign key')
    .replace(
      /(?<=belongs to the (?:index|primary key|unique constraint|exclusion constraint) )\S+(?=,)/u,
      '…',
    )
    .replace(/^[\d,]+ rows? breaks? it$/u, 'rows break it')
    .replace(/^(?<what>(?:unique )?(?:index|check)) \S+ cannot/u, '$<what> … cannot');
}
