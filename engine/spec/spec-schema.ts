import * as z from 'zod';
import { guardrails } from './guardrail-settings.ts';
import { kindNames, kinds, type Change } from '../changes/kinds.ts';
import { changeWindow } from './change-window-spec.ts';
import { checklist } from './checklist-spec.ts';
import { faultMessage, describeValue } from './fault.ts';
import { fragmentsIn, type Fragment } from './fragments.ts';
import {
  choice,
  choiceFault,
  section,
  sectionMessage,
  text,
  valueMessage,
  textMessage,
} from './spec-fields.ts';
import {
  backfill,
  confidence,
  contract,
  lockTimeout,
  gateDeadline,
  reads,
  rehearsal,
} from './spec-settings.ts';
import { sqlStatement, tableName } from './sql-fields.ts';

const changeAbout = {
  is: 'What is changed. One change a migration.',
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

/** zod reports the whole section; the fault is its kind. */
function kindMessage({ input }: { readonly input?: unknown }): string {
  const kind: unknown =
    typeof input === 'object' && input !== null && 'kind' in input ? input.kind : undefined;
  return faultMessage(choiceFault({ input: kind }, kindNames));
}

const deadlineAbout = {
  is: 'The day by which the migration should be done.',
  example: '2026-12-20',
};
const deadline = z.iso
  .date({
    error: (issue) =>
      typeof issue.input === 'string'
        ? faultMessage({
            fact: `${describeValue(issue.input)}, not a day of the calendar.`,
            remedy: 'Write year-month-day: `2026-12-20`.',
          })
        : textMessage('a day', deadlineAbout)(issue),
  })
  .meta({ description: deadlineAbout.is, examples: [deadlineAbout.example] });

const gate = choice(['read-switch', 'swap', 'contract'], {
  is: 'A gate: the migration waits there for a person.',
  example: 'contract',
});

const gates = z
  .array(gate, { error: valueMessage('a list', { is: '', example: '[read-switch, contract]' }) })
  .refine((written) => new Set(written).size === written.length, {
    error: faultMessage({ fact: 'A gate is listed twice.', remedy: 'List each once.' }),
  })
  .prefault(['read-switch', 'swap', 'contract'])
  .meta({
    description:
      'Where the migration waits for a person: before reads move, before names are exchanged, before the old shape goes. A gate of a phase that the change does not have is never asked. May be empty.',
  });

const definition = {
  is: 'The new definition of a view that reads a column which goes, or which gets another type that its text does not fit: one CREATE OR REPLACE VIEW. `underpin plan` offers it.',
  example: 'CREATE OR REPLACE VIEW public.mails AS SELECT id, email_address AS email FROM public.users',
};
/** A view's text is longer than an expression. */
const longestDefinition = 12_000;

const dependents = z
  .array(sqlStatement(definition, longestDefinition), {
    error: valueMessage('a list of statements', { is: '', example: '[CREATE OR REPLACE VIEW …]' }),
  })
  .prefault([])
  .meta({
    description:
      'New definitions of views that read the columns which go, applied once all reads have moved, each in a short lock of its own; or of views whose text does not fit a new type, in the lock of the swap. All are taken back on a rollback.',
  });

export const specSchema = section(
  {
    goal: text(
      {
        is: 'What the migration is for, in one sentence.',
        example: 'Rename users.email to users.email_address',
      },
      500,
    ),
    owner: z.exactOptional(text({ is: 'Who answers for it.', example: 'identity-team' }, 200)),
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
);

/** The JSON Schema of a migration file, for editors (draft 7, which their YAML plugins know best). */
export function specJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(specSchema, { io: 'input', target: 'draft-07' });
  return { $schema, title: 'Underpin migration', ...rest };
}
