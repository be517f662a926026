import * as z from 'zod';
import { faultMessage } from '../spec/fault.ts';
import { section, whenSound } from '../spec/spec-fields.ts';
import { columnName } from '../spec/sql-fields.ts';

const about = {
  is: 'A column gets a new name.',
  example: '{ kind: rename-column, from: email, to: email_address }',
};

export const renameColumnSpec = section(
  {
    kind: z.literal('rename-column').describe(about.is),
    from: columnName({ is: 'The name that the column has now.', example: 'email' }),
    to: columnName({ is: 'The name that it shall have.', example: 'email_address' }),
  },
  about,
).refine(({ from, to }) => from !== to, {
  path: ['to'],
  when: whenSound('from', 'to'),
  error: faultMessage({ fact: 'The column has this name already.', remedy: 'Write the new name.' }),
});

export type RenameColumn = Readonly<z.output<typeof renameColumnSpec>>;
