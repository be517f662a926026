import { expect, test } from 'vitest';
import { keyOfPlaces } from '../../../../../engine/dialects/postgres/block-address.ts';
import { sqlUnderSettings } from '../../../../../engine/dialects/postgres/meaning/what-a-statement-does.ts';
import { namingOf } from '../../../../../engine/dialects/postgres/naming/statement-naming.ts';
import { positionalParameters } from '../../../../../engine/dialects/postgres/positional.ts';
import { walkStatements } from '../../../../../engine/dialects/postgres/walk.ts';
import { walkParameters } from '../../../../../engine/dialects/postgres/meaning/check-plan.ts';
import { sqlParser } from '../../../../../lambdas/runtime/sql-parser.ts';
import { usersEmail } from './old-column.ts';

const target = {
  assigned: [{ column: 'email_address', value: 'email' }],
  unfilled: 'email_address IS DISTINCT FROM email',
};

test.each([
  ['by key', [{ name: 'id', type: 'bigint' }], null],
  ['by key, under settings', [{ name: 'id', type: 'bigint' }], { search_path: 'public' }],
  ['by place', keyOfPlaces, null],
] as const)(
  'a server that counts the statements of functions too shows no client in a batch: %s',
  async (_, key, settings) => {
    const parser = await sqlParser();
    const { batch } = walkStatements({ schema: 'public', name: 'users' }, key, { ...target, settings });
    const { text } = positionalParameters({ text: batch, parameters: walkParameters });
    const texts = sqlUnderSettings(parser.sql(text));
    expect(texts).toHaveLength(3);
    for (const sql of texts) expect(namingOf(parser.sql(sql), usersEmail)).toMatchObject({ own: true });
  },
);
