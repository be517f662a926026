import type { Statement } from '../../database/database.ts';

/**
 * Only what is set outside the session: whoever sets one inside it takes it away again. The setting of the role in its
 * database wins over all others. Everything else that we run is short or sets its own.
 */
export const askBuildTimeouts: Statement = {
  text: `SELECT json_build_object(
  'says', format('%s is %s', name, current_setting(name)),
  'remedy', format('ALTER ROLE %I IN DATABASE %I SET %s = 0', current_user, current_database(), name))::text
FROM pg_settings
WHERE name IN ('statement_timeout', 'lock_timeout') AND setting <> '0'
  AND source IN ('command line', 'configuration file', 'global', 'database', 'user', 'database user')
ORDER BY name`,
};
