import { literal } from './quote.ts';

/** A long statement is found again among the sessions by this comment. */
export const tag = (migration: string, name: string): string =>
  `/* underpin ${migration} ${name.replaceAll('*/', '* /').replaceAll('/*', '/ *')} */`;

/** True while another session runs the statement of that name. */
export const isRunning = (migration: string, name: string): string =>
  `EXISTS (SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
            AND starts_with(query, ${literal(tag(migration, name))}))`;
