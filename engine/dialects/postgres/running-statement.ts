import { literal } from './quote.ts';

/** A long statement is found again among the sessions by this comment. */
export const tag = (migration: string, name: string): string =>
  `/* underpin ${migration} ${name.replaceAll('*/', '* /').replaceAll('/*', '/ *')} */`;

/**
 * Sessions of ours that run a statement of a migration, in pg_stat_activity. Anybody can write a comment: the role is what the
 * server knows. Another role's session is not cancelled, and often could not be: the attempt would fail.
 */
export const ourSessions = (migration: string): string =>
  `datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND usename = session_user
  AND starts_with(query, '/* underpin ' || ${migration} || ' ')`;

/** True while another session runs the statement of that name. */
export const isRunning = (migration: string, name: string): string =>
  `EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, ${literal(tag(migration, name))}))`;
