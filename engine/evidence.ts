/** The gates that ask a person before something happens that is hard to take back. */
export type GateName = 'read-switch' | 'contract';

/** One thing that was measured for a gate. `measured` is for people; only `verdict` decides. */
export interface EvidenceItem {
  readonly what: string;
  /** Never a row's value and never a statement's text. */
  readonly measured: string;
  /** The moment that `measured` speaks of, ISO 8601 in UTC. */
  readonly at: string;
  readonly verdict: 'pass' | 'fail';
  /** Whether a person may pass over it with `override: true` and a reason. What could lose data is never passed over. */
  readonly overridable: boolean;
}

/** What a gate shows. It stays in the hold, in the ledger (event `evidence`), and a decision names its hash. */
export interface Evidence {
  readonly gate: GateName;
  /** Every item passes. */
  readonly open: boolean;
  /** ISO 8601 in UTC. */
  readonly collectedAt: string;
  /** SHA-256, hex, of `hashedText`. */
  readonly hash: string;
  readonly items: readonly EvidenceItem[];
}

/** The text that a hash of evidence is taken of: canonical JSON of gate, time and items. */
export const hashedText = ({ gate, collectedAt, items }: Omit<Evidence, 'hash' | 'open'>): string =>
  canonical({ gate, collectedAt, items });

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}

/** An answer to a gate, as the decide machine passes it on. */
export interface GateDecision {
  readonly decision: 'approve' | 'reject';
  readonly reason: string;
  /** ARN of the decide execution: CloudTrail knows who started it. */
  readonly decidedBy: string;
  /** Hash of the evidence that the person has seen. */
  readonly evidence?: string;
  /** Passes over failed items that are overridable. */
  readonly override?: boolean;
  /** Needed to approve the contract gate: what can be rolled back from here, and until when, was understood. */
  readonly acknowledgeRollback?: boolean;
}

export interface Measured {
  readonly gate: GateName;
  readonly comparesRows: boolean;
  readonly verification: { readonly rows: number; readonly mismatches: number; readonly finished: boolean };
  readonly stubbornRows: number;
  readonly unbuilt: readonly string[];
  readonly readSharePercent: number;
  readonly readsMove: boolean;
  /** What in the catalog still names the old shape, in the database's own words. */
  readonly dependents: readonly string[];
  /** ISO 8601 in UTC. */
  readonly now: string;
}

/** Judges what was measured. Every item must pass for the gate to open; one that was not measured fails. */
export function judgeEvidence(measured: Measured): Omit<Evidence, 'hash'> {
  const items = [
    ...rowItems(measured),
    builtItem(measured),
    ...(measured.gate === 'contract' ? contractItems(measured) : []),
  ];
  return {
    gate: measured.gate,
    open: items.every(({ verdict }) => verdict === 'pass'),
    collectedAt: measured.now,
    items,
  };
}

const item = (what: string, measured: string, passes: boolean, at: string): EvidenceItem => ({
  what,
  measured,
  at,
  verdict: passes ? 'pass' : 'fail',
  overridable: false,
});

function rowItems({ comparesRows, verification, stubbornRows, now }: Measured): readonly EvidenceItem[] {
  if (!comparesRows) return [item('rows compared', 'this change writes no row', true, now)];
  const { rows, mismatches, finished } = verification;
  return [
    item(
      'rows compared',
      finished ? `${rows}, ${mismatches} mismatches` : 'not finished',
      finished && mismatches === 0,
      now,
    ),
    item('stubborn rows', String(stubbornRows), stubbornRows === 0, now),
  ];
}

const builtItem = ({ unbuilt, now }: Measured): EvidenceItem =>
  item(
    'constraints and indexes',
    unbuilt.length === 0 ? 'built' : `missing: ${unbuilt.join(', ')}`,
    unbuilt.length === 0,
    now,
  );

const contractItems = ({
  readsMove,
  readSharePercent,
  dependents,
  now,
}: Measured): readonly EvidenceItem[] => [
  ...(readsMove
    ? [item('reads on the new shape', `${readSharePercent} %`, readSharePercent === 100, now)]
    : []),
  item(
    'objects that name the old shape',
    dependents.length === 0 ? 'none' : dependents.join('; '),
    dependents.length === 0,
    now,
  ),
];
