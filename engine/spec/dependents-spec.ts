import * as z from 'zod';
import { valueMessage } from './spec-fields.ts';
import { sqlStatement } from './sql-fields.ts';

const definition = {
  is: 'New definitions of what depends on a column that is dropped or changes its type: a CREATE OR REPLACE VIEW for each such view, an ALTER POLICY for each such policy. `underpin plan` offers them.',
  example: 'CREATE OR REPLACE VIEW public.mails AS SELECT id, email_address AS email FROM public.users',
};
/** A view's text is longer than an expression. */
const longestDefinition = 12_000;

export const dependents = z
  .array(sqlStatement(definition, longestDefinition), {
    error: valueMessage('a list of statements', { is: '', example: '[CREATE OR REPLACE VIEW …]' }),
  })
  .prefault([])
  .meta({
    description:
      'New definitions of views, and expressions of policies, that read the columns which go, applied once all reads have moved, each in a short lock of its own; or of views whose text does not fit a new type, in the lock of the swap. All are taken back on a rollback.',
  });
