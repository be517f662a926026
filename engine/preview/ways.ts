import * as z from 'zod';
import type { Change } from '../changes/kinds.ts';
import type { ThroughView } from '../dialects/inspector.ts';
import type { Plan } from '../plan/plan.ts';
import type { Spec } from '../spec/spec.ts';
import { aboutSeconds, countText, plural } from '../words/amounts.ts';
import { estimate, type Assumptions, type Estimate } from './estimate.ts';
import { schedule } from './schedule.ts';
import type { TableStatistics } from '../catalog/statistics.ts';

const by = z.enum(['copy', 'alias']);

const way = z.object({
  by,
  /** The file says so. */
  chosen: z.boolean(),
  /** Why it cannot be; what follows is 0 then. */
  refused: z.array(z.string()),
  rowsWritten: z.number(),
  /** At the least. */
  walBytes: z.number(),
  /** From the start to the end, and how much of it is work. */
  seconds: z.number(),
  workSeconds: z.number(),
  /** Statements and functions that were found and would fail. */
  fails: z.array(z.string()),
  /** Why nobody has looked for statements; null where somebody has. */
  unmeasured: z.string().nullable(),
});
export type Way = z.infer<typeof way>;

/** Two ways to the same end, side by side. */
export const waysSchema = z.object({
  ways: z.array(way),
  /** null: neither can be. */
  recommended: by.nullable(),
  because: z.string(),
});
export type Ways = z.infer<typeof waysSchema>;

/** The same change by the other way; null where there is one way only. */
export function otherWay(change: Change): Change | null {
  if (change.kind !== 'rename-column') return null;
  return { ...change, by: change.by === 'alias' ? 'copy' : 'alias' };
}

/** What the database said of both ways. */
export interface BothWays {
  readonly other: { readonly plan: Plan | null; readonly refused: readonly string[] };
  readonly throughView: ThroughView;
}

interface Looked {
  readonly spec: Spec;
  readonly plan: Plan;
  readonly statistics: TableStatistics;
}

export function waysOf(looked: Looked, both: BothWays, assumptions: Assumptions): Ways | null {
  const { spec } = looked;
  const change = otherWay(spec.change);
  if (change === null) return null;
  const other = { spec: { ...spec, change }, plan: both.other.plan, refused: both.other.refused };
  const ways = [{ spec, plan: looked.plan, refused: [] }, other].map((one, at) =>
    wayOf({ ...one, statistics: looked.statistics, chosen: at === 0 }, both.throughView, assumptions),
  );
  const ordered = ways.toSorted((a, b) => (a.by === 'copy' ? -1 : 1) - (b.by === 'copy' ? -1 : 1));
  return { ways: ordered, ...recommendation(ordered) };
}

interface Known {
  readonly spec: Spec;
  readonly plan: Plan | null;
  readonly refused: readonly string[];
  readonly statistics: TableStatistics;
  readonly chosen: boolean;
}

function wayOf(
  { spec, plan, refused, statistics, chosen }: Known,
  { statements, functions, unmeasured }: ThroughView,
  assumptions: Assumptions,
): Way {
  const isAlias = spec.change.kind === 'rename-column' && spec.change.by === 'alias';
  const foreseen =
    plan === null ? null : estimate({ spec, plan, statistics, schedule: schedule(spec, plan) }, assumptions);
  const writes = foreseen !== null && !isAlias;
  return {
    by: isAlias ? 'alias' : 'copy',
    chosen,
    refused: [...refused],
    rowsWritten: writes ? Math.max(0, statistics.rows) : 0,
    // Each row anew, and its entry in every index.
    walBytes: writes ? statistics.tableBytes + statistics.indexBytes : 0,
    seconds: foreseen?.seconds ?? 0,
    workSeconds: foreseen === null ? 0 : workOf(foreseen),
    fails: isAlias
      ? [
          ...statements.map(
            ({ fails, calls, role, queryId }) =>
              `${fails.join(', ')}: ${plural(calls, 'call')} by ${role}, queryid ${queryId}`,
          ),
          ...functions.map(({ fails, name }) => `${fails.join(', ')}: function ${name}`),
        ]
      : [],
    unmeasured: isAlias ? unmeasured : null,
  };
}

const workOf = ({ phases }: Estimate): number =>
  phases.reduce((sum, { workSeconds }) => sum + workSeconds, 0);

// Less than that is no reason to put a view in front of an application.
const worthAView = 3600;

function recommendation(ways: readonly Way[]): Pick<Ways, 'recommended' | 'because'> {
  const [copy, alias] = ways;
  if (copy === undefined || alias === undefined) throw new Error('there are two ways');
  if (alias.refused.length > 0)
    return copy.refused.length > 0
      ? { recommended: null, because: 'neither way can be' }
      : { recommended: 'copy', because: 'by alias is refused' };
  if (alias.fails.length > 0)
    return {
      recommended: 'copy',
      because: `${countText(alias.fails.length)} of what was found would fail through a view`,
    };
  if (copy.refused.length > 0) return { recommended: 'alias', because: 'by copy is refused' };
  if (alias.unmeasured !== null)
    return { recommended: 'copy', because: 'it was not checked what would fail through a view' };
  return copy.workSeconds > worthAView
    ? {
        recommended: 'alias',
        because: `a copy works ${aboutSeconds(copy.workSeconds)}, and nothing was found that would fail`,
      }
    : {
        recommended: 'copy',
        because: `a copy works ${aboutSeconds(copy.workSeconds)} only, and fails nothing`,
      };
}
