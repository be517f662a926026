import { underpin } from '../command-name.ts';
import { deadlineOf, isWindow, type EvidenceItem, type Hold } from '../../lambdas/runtime/hold-item.ts';
import { verdictStyles } from '../verdict-styles.ts';
import type { Screen } from '../screen.ts';
import { verdictMarks } from '../../engine/evidence/verdict.ts';
import { minute, span } from '../../engine/words/span.ts';

/** What a hold asks, the evidence that it shows, and what happens if nobody answers. */
export function holdLines(hold: Hold, now: string, screen: Screen): readonly string[] {
  const deadline = deadlineOf(hold);
  const left = span(deadline.getTime() - Date.parse(now));
  if (hold.hold === 'change-window') return [`  waits for its change window, which opens in ${left}`];
  if (isWindow(hold))
    return [`  window ${screen.styled('bold', hold.hold)}: nothing is asked; it ends well in ${left}`];
  const otherwise =
    hold.kind === 'cleanup'
      ? 'the new shape stays, which does no harm'
      : 'the migration is rolled back; the data stays whole';
  return [
    `  gate ${screen.styled('bold', hold.hold)} asks since ${span(Date.parse(now) - Date.parse(hold.openedAt))}: ${question(hold)}`,
    ...(hold.evidence?.refused ? [`    ${screen.styled('yellow', hold.evidence.refused)}`] : []),
    ...(hold.evidence?.items ?? []).map((item) => `    ${itemLine(item, now, screen)}`),
    `  Without an answer until ${minute(deadline)} (in ${left}), ${otherwise}.`,
  ];
}

const questions: Readonly<Record<string, string>> = {
  'read-switch': 'may reads move to the new shape?',
  swap: 'may the old and the new column exchange their names? They can be exchanged back at any time.',
  contract: 'may the old shape go? From the phase contract on there is no way back.',
  'remove-new-shape': 'does nothing name the new shape any more, so that it may go?',
};

const question = ({ hold }: Hold): string => questions[hold] ?? 'may it go on?';

function itemLine(
  { what, measured, verdict, at, overridable }: EvidenceItem,
  now: string,
  screen: Screen,
): string {
  const mark = screen.styled(verdictStyles[verdict], verdictMarks[verdict]);
  const age =
    at === undefined ? '' : screen.styled('dim', ` (${span(Date.parse(now) - Date.parse(at))} ago)`);
  const may = verdict === 'fail' && overridable ? ' [a person may pass over it]' : '';
  return `${mark} ${what}: ${measured}${may}${age}`;
}

/** The commands that answer a hold. `words`: how this command line reached the deployment. */
export function answers(hold: Hold, words: string): readonly string[] {
  const about = `${hold.hold} --migration ${hold.migration}`;
  const more = hold.hold === 'contract' && hold.kind === 'gate' ? ' --acknowledge-rollback' : '';
  return [`${underpin} approve ${about}${more}${words}`, `${underpin} reject ${about} --reason '…'${words}`];
}
