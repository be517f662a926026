import type { GateName } from '../plan/settings.ts';
import type { Verdict } from './verdict.ts';

/** One thing that was measured for a gate. `measured` is for people; only `verdict` decides. */
export interface EvidenceItem {
  readonly what: string;
  /** Never a row's value and never a statement's text. */
  readonly measured: string;
  /** The moment that `measured` speaks of, ISO 8601 in UTC. */
  readonly at: string;
  readonly verdict: Verdict;
  /** Whether a person may pass over it with `override: true` and a reason. What could lose data is never passed over. */
  readonly overridable: boolean;
}

/** What a gate shows. It stays in the hold, in the ledger (event `evidence`), and a decision names its hash. */
export interface Evidence {
  readonly gate: GateName;
  /** No item fails. */
  readonly open: boolean;
  /** ISO 8601 in UTC. */
  readonly collectedAt: string;
  /** SHA-256, hex, of `hashedText`. */
  readonly hash: string;
  readonly items: readonly EvidenceItem[];
}

/** Evidence with what follows from it and, if there was one, from the answer to the gate. */
export interface CollectedEvidence extends Evidence {
  /** `compare-again`: the only thing against going on is the age of the last comparison. */
  readonly next: 'go-on' | 'compare-again' | 'ask';
  /** Why an approval did not open the gate; empty where it did, or where nobody has answered yet. */
  readonly refused: string;
}

/** An answer to a gate, as the decide machine passes it on. */
export interface GateDecision {
  readonly decision: 'approve';
  readonly reason: string;
  /** ARN of the decide execution: CloudTrail knows who started it. */
  readonly decidedBy: string;
  /** Hash of the evidence that the person has seen. */
  readonly evidence?: string | undefined;
  /** Passes over failed items that are overridable. */
  readonly override?: boolean | undefined;
  /** Needed to approve the contract gate: what can be rolled back from here, and until when, was understood. */
  readonly acknowledgeRollback?: boolean | undefined;
}

/** The text that a hash of evidence is taken of: canonical JSON of gate, time and items. */
export const hashedText = ({
  gate,
  collectedAt,
  items,
}: Pick<Evidence, 'gate' | 'collectedAt' | 'items'>): string => canonical({ gate, collectedAt, items });

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}

export const fails = ({ verdict }: Pick<EvidenceItem, 'verdict'>): boolean => verdict === 'fail';
