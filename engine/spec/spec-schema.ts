import * as z from 'zod';
import { guardrails } from './guardrail-settings.ts';
import { kindNames, kinds, type Change } from '../changes/kinds.ts';
import { isApplications } from '../changes/written-by.ts';
import { changeWindow } from './change-window-spec.ts';
import { checklist } from './checklist-spec.ts';
import { deadline } from './deadline-spec.ts';
import { dependents } from './dependents-spec.ts';
import { faultMessage } from './fault.ts';
import { fragmentsIn, type Fragment } from './fragments.ts';
import { gates } from './gates-spec.ts';
import { choice, choiceFault, section, sectionMessage, text, whenSound } from './spec-fields.ts';
import {
  backfill,
  confidence,
  contract,
  lockTimeout,
  gateDeadline,
  reads,
  rehearsal,
} from './spec-settings.ts';
import { tableName } from './sql-fields.ts';

const changeAbout = {
  is: 'What to change. One change per migration.',
  example: '{ kind: rename-column, from: email, to: email_address }',
};

/** All SQL that the author of a change wrote, by its key of the spec. */
export const fragmentsOf = (written: Change): readonly Fragment[] =>
  fragmentsIn(kinds[written.kind].keys, written, 'change');

const [firstKeys, ...otherKeys] = Object.values(kinds).map(({ keys }) => keys);
if (firstKeys === undefined) throw new Error('there is no kind of change');

const change = z
  .discriminatedUnion('kind', [firstKeys, ...otherKeys], {
    error: (issue) =>
      issue.code === 'invalid_union' ? kindMessage(issue) : sectionMessage(changeAbout)(issue),
  })
  .meta({ description: changeAbout.is });

const isApplicationsChange = (written: Change): boolean => 'dualWrite' in written && isApplications(written);

/** zod reports the whole section; the fault is its kind. */
function kindMessage({ input }: { readonly input?: unknown }): string {
  const kind: unknown =
    typeof input === 'object' && input !== null && 'kind' in input ? input.kind : undefined;
  return faultMessage(choiceFault({ input: kind }, kindNames));
}

export const specSchema = section(
  {
    goal: text(
      {
        is: 'What the migration is for, in one sentence.',
        example: 'Rename users.email to users.email_address',
      },
      500,
    ),
    owner: z.exactOptional(text({ is: 'Who is responsible for it.', example: 'identity-team' }, 200)),
    ticket: z.exactOptional(text({ is: 'The change request.', example: 'CHG-1042' }, 200)),
    deadline: z.exactOptional(deadline),
    table: tableName({
      is: 'The table: schema.table, or quoted as in SQL: \'"My Schema"."User Table"\'. Without a schema: public.',
      example: 'public.users',
    }),
    change,
    dependents,
    checklist,
    backfill,
    guardrails,
    reads,
    confidence,
    contract,
    gates,
    gateDeadline,
    onRollback: choice(['leave', 'remove'], {
      is: 'After a rollback: leave the new shape for another try, or remove it.',
      example: 'leave',
    }).prefault('leave'),
    lockTimeout,
    changeWindow: z.exactOptional(changeWindow),
    rehearsal,
  },
  { is: 'A migration of Underpin.', example: '' },
).refine(
  ({ change: written, gates: asked }) => !isApplicationsChange(written) || asked.includes('read-switch'),
  {
    path: ['gates'],
    when: whenSound('change', 'gates'),
    error: faultMessage({
      fact: 'With `dualWrite: application` only people know whether every version of the application that runs writes both sides, and reads may not move before.',
      remedy: 'Add `read-switch` to the gates; or leave `gates` out, and every gate is asked.',
    }),
  },
);

/** The JSON Schema of a migration file, for editors (draft 7, which their YAML plugins know best). */
export function specJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(specSchema, { io: 'input', target: 'draft-07' });
  return { $schema, title: 'Underpin migration', ...rest };
}
