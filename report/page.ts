import type { Report } from './report.ts';
import type { TimeAxis } from './time-axis.ts';

/** What every section is given. */
export interface Page {
  readonly report: Report;
  readonly axis: TimeAxis;
  /** A moment as this page's tables say it. */
  readonly when: (iso: string) => string;
}
