import type { SessionSettings } from '../inspector.ts';
import { pinnedReading, pinnedSettings } from './session-settings.ts';

/**
 * Who a function is run as. `installer`: a conversion may need what the application has no right to, and must give the
 * backfill, the triggers and the verification the same value whatever a session has set. `writer, by our path`: a
 * default means what it meant to the statement that left the column out; only its names are found by our path. `installer, by
 * our path`: it computes nothing, and only finds operators of other schemas. `installer, of every row`: it reads rows again, and one that
 * a policy hides would be taken for one that is gone; PostgreSQL refuses such a query then.
 */
export type RunAs =
  'installer' | 'installer, by our path' | 'installer, of every row' | 'writer' | 'writer, by our path';

/** The clauses of CREATE FUNCTION that make it so; none for the writer as it is. */
export const clausesOf = (runAs: RunAs, settings: SessionSettings): readonly string[] =>
  ({
    installer: ['SECURITY DEFINER', ...pinnedSettings(settings)],
    'installer, by our path': ['SECURITY DEFINER', ...pinnedReading(settings)],
    'installer, of every row': ['SECURITY DEFINER', ...pinnedReading(settings), 'SET row_security = off'],
    writer: [],
    'writer, by our path': pinnedReading(settings),
  })[runAs];
