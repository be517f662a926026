import { isMeasured, type Measured, type Report, type Users } from './report.ts';
import { duration, milliseconds, percent, whole } from './wording.ts';

export type Status = Report['outcome']['status'];

export interface RunEnding {
  readonly status: Status;
  /** The phase that it went back from or stopped in; null where it did not. */
  readonly phase: string | null;
  readonly reason: string | null;
  readonly lastedMs: number;
}

/** How it ended, and what its users noticed, in a sentence each. */
export function outcomeOf(
  { status, phase, reason, lastedMs }: RunEnding,
  users: Measured<Users>,
): Report['outcome'] {
  return { status, sentence: sentences[status](duration(lastedMs), phase), noticed: noticed(users), reason };
}

const sentences: Readonly<Record<Status, (lasted: string, phase: string | null) => string>> = {
  completed: (lasted) => `Completed in ${lasted}.`,
  'rolled-back': (lasted, phase) =>
    `Rolled back${from(phase)} after ${lasted}; all reads are on the old shape.`,
  'needs-a-person': (lasted, phase) =>
    `Stopped${phase === null ? '' : ` in ${phase}`} after ${lasted} and waits for a person.`,
};

const from = (phase: string | null): string => (phase === null ? '' : ` from ${phase}`);

function noticed(users: Measured<Users>): string {
  if (!isMeasured(users)) return `What users noticed was not measured: ${users.notMeasured}.`;
  const { of, total, failed, lostWrites } = users;
  if (total === 0) return `Nobody asked for anything meanwhile: there were no ${of}.`;
  const harmless = failed === 0 && (lostWrites ?? 0) === 0;
  const noticedIt = harmless
    ? isSlower(users)
      ? 'Users waited longer: '
      : 'Users noticed nothing: '
    : 'Users noticed it: ';
  return `${noticedIt}${answered(users)}${written(lostWrites, harmless)}${slower(users)}.`;
}

// Less than this nobody feels, whatever share of a millisecond it is.
const feltMs = 20;
const feltGrowth = 1.1;

const isSlower = ({ p95BeforeMs, p95DuringMs }: Users): boolean =>
  p95BeforeMs !== null &&
  p95DuringMs !== null &&
  p95DuringMs - p95BeforeMs > feltMs &&
  p95DuringMs > p95BeforeMs * feltGrowth;

const answered = ({ of, total, failed }: Users): string =>
  failed === 0
    ? `all ${whole(total)} ${of} were answered`
    : `${whole(failed)} of ${whole(total)} ${of} failed (${percent(failed / total)})`;

function written(lostWrites: number | null, harmless: boolean): string {
  if (lostWrites === null) return '';
  if (lostWrites === 0) return `${harmless ? ', ' : '; '}no acknowledged write was lost`;
  return `; ${whole(lostWrites)} acknowledged ${lostWrites === 1 ? 'write was' : 'writes were'} lost`;
}

const slower = ({ of, p95BeforeMs, p95DuringMs }: Users): string =>
  p95DuringMs === null || p95BeforeMs === null
    ? ''
    : of === 'requests'
      ? `; p95 was ${milliseconds(p95DuringMs)} against ${milliseconds(p95BeforeMs)} before`
      : `; p95 was ${milliseconds(p95DuringMs)} on the new path against ${milliseconds(p95BeforeMs)} on the old`;
