import * as z from 'zod';
import type { Breach } from './breached.ts';
import { briefSection, dashboardsOf } from './brief.ts';
import { completedFacts, completedNotice } from './completed.ts';
import { didNotStartFacts, didNotStartNotice } from './did-not-start.ts';
import { gateFacts, gateNotice } from './gate.ts';
import { needsAPersonFacts, needsAPersonNotice } from './needs-a-person.ts';
import type { Notice, DeploymentLinks } from './notice.ts';
import { orderedFacts, orderedNotice } from './ordered.ts';
import { removeNewShapeFacts, removeNewShapeNotice } from './remove-new-shape.ts';
import { rolledBackFacts, rolledBackNotice } from './rolled-back.ts';
import { waitsFacts, waitsNotice } from './waits.ts';
import { runbookAt } from './wording.ts';

/** What can be reported, each with its facts; a new one is one file and one line in each of these two lists. */
export const facts = z.discriminatedUnion('about', [
  gateFacts,
  removeNewShapeFacts,
  completedFacts,
  rolledBackFacts,
  needsAPersonFacts,
  didNotStartFacts,
  waitsFacts,
  orderedFacts,
]);
export type Facts = z.infer<typeof facts>;

type Composers = {
  readonly [A in Facts['about']]: (
    of: Extract<Facts, { about: A }>,
    place: DeploymentLinks,
    breaches: readonly Breach[],
  ) => Notice;
};
const composers: Composers = {
  gate: gateNotice,
  'remove-new-shape': removeNewShapeNotice,
  completed: completedNotice,
  'rolled-back': rolledBackNotice,
  'needs-a-person': needsAPersonNotice,
  'did-not-start': didNotStartNotice,
  waits: waitsNotice,
  ordered: orderedNotice,
};

/** What people are notified of, composed from the facts alone. */
export function compose<A extends Facts['about']>(
  of: Extract<Facts, { about: A }>,
  place: DeploymentLinks,
  breaches: readonly Breach[] = [],
): Notice {
  const composer: Composers[A] = composers[of.about];
  // A command of today must be about the same database when there are more of them.
  const notice = composer(
    of,
    { ...place, options: `${place.options} --target ${of.target}`.trim() },
    breaches,
  );
  return {
    ...notice,
    sections: [...notice.sections, briefSection(of.brief, place)],
    todo: [...notice.todo, ...dashboardsOf(of.brief), runbookAt(place, notice.heading)],
  };
}
