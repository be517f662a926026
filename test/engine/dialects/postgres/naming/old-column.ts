import type { OldColumn } from '../../../../../engine/dialects/postgres/naming/scope.ts';

const others: Readonly<Record<string, 'theirs' | 'none'>> = { customers: 'theirs', orders: 'none' };

/** users.email, the second of its columns; customers has an email too, orders has none. */
export const usersEmail: OldColumn = {
  table: { schema: 'public', name: 'users' },
  column: 'email',
  position: 2,
  constraints: new Set(['users_email_key']),
  elsewhere: ({ name }) => others[name] ?? 'unknown',
};
