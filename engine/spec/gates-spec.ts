import * as z from 'zod';
import { faultMessage } from './fault.ts';
import { choice, valueMessage } from './spec-fields.ts';

const gate = choice(['read-switch', 'swap', 'contract'], {
  is: 'A gate: the migration waits there for a person.',
  example: 'contract',
});

export const gates = z
  .array(gate, { error: valueMessage('a list', { is: '', example: '[read-switch, contract]' }) })
  .refine((written) => new Set(written).size === written.length, {
    error: faultMessage({ fact: 'A gate is listed twice.', remedy: 'List each once.' }),
  })
  .prefault(['read-switch', 'swap', 'contract'])
  .meta({
    description:
      'Where the migration waits for a person: before reads move, before names are exchanged, before the old shape goes. A gate of a phase that the change does not have is never asked. May be empty.',
  });
