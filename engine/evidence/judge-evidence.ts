import { planAnew } from '../plan/side-facts.ts';
import { formatDuration } from '../words/duration.ts';
import {
  fails,
  type CollectedEvidence,
  type Evidence,
  type EvidenceItem,
  type GateDecision,
} from './evidence.ts';
import { contractItems } from './judge-contract.ts';
import { stubbornText } from './stubborn-rows.ts';
import type { GateMeasurements, RowsMeasured } from './measured.ts';

/** Judges what was measured. An item that fails keeps the gate shut; one that could not be measured fails, unless the file waives it. */
export function judgeEvidence(measured: GateMeasurements): Omit<Evidence, 'hash'> {
  const { gate, now, contract } = measured;
  const items = [
    ...rowItems(measured),
    builtItem(measured),
    ...changedItems(measured),
    ...differenceItems(measured),
    ...remarkItems(measured),
    ...triggerItems(measured),
    ...boundItems(measured),
    ...(contract === null ? [] : contractItems(contract, now)),
  ];
  return { gate, open: !items.some(fails), collectedAt: now, items };
}

function rowItems({ rows, silentTriggers, stubbornRows, now }: GateMeasurements): readonly EvidenceItem[] {
  if (rows === null)
    return [{ ...firm('rows compared', true), measured: 'this change writes no row', at: now }];
  const trouble = troubleOf(rows, silentTriggers);
  const compared = rows.finished ? comparedText(rows) : '';
  return [
    {
      ...firm('rows compared', trouble === null),
      measured: [compared, trouble ?? ''].filter((part) => part !== '').join('; '),
      at: rows.finishedAt ?? now,
    },
    {
      ...firm('stubborn rows', stubbornRows.count === 0),
      measured: stubbornText(stubbornRows),
      at: now,
    },
  ];
}

/** What is wrong with a comparison; empty text where the counts say it themselves, null where nothing is. */
function troubleOf(rows: RowsMeasured, silentTriggers: string | null): string | null {
  if (!rows.finished) return 'not finished';
  if (differTooMuch(rows)) return '';
  if (silentTriggers !== null) return `writes may have passed the triggers since: ${silentTriggers}`;
  if (rows.changedTriggers.length > 0) return `older than a change of ${rows.changedTriggers.join(', ')}`;
  if (isOvertaken(rows)) return 'older than the last repair';
  if (isStale(rows))
    return `${ago(rows.ageSeconds)}, and older than ${ago(rows.freshSeconds)} is too old to decide by`;
  return null;
}

/** Of what one side has missed and was repaired at once, some is the price of writing side by side. */
const differTooMuch = ({ rows, mismatches, mostPartial }: RowsMeasured): boolean =>
  mismatches > (mostPartial ?? 0) * rows;

function comparedText({ rows, mismatches, mostPartial }: RowsMeasured): string {
  if (mostPartial === null) return `${count(rows)}, ${count(mismatches)} mismatches`;
  const share = rows === 0 ? 0 : mismatches / rows;
  return `${count(rows)} reconciled, ${count(mismatches)} with a write that had reached one side alone since the reconciliation before, and repaired (${percent(share)}${mostPartial < 1 ? `; at most ${percent(mostPartial)}` : ''})`;
}

const percent = (share: number): string =>
  `${(share * 100).toLocaleString('en-US', { maximumFractionDigits: 2 })} %`;

const isOvertaken = ({ startedAt, lastRepairAt }: RowsMeasured): boolean =>
  startedAt === null || (lastRepairAt !== null && lastRepairAt >= startedAt);
const isStale = ({ ageSeconds, freshSeconds }: RowsMeasured): boolean => !(ageSeconds <= freshSeconds);
const ago = (seconds: number): string => formatDuration(Math.round(seconds) * 1000);

function builtItem({ unbuilt, lost, leftBehind, now }: GateMeasurements): EvidenceItem {
  const isBuilt = unbuilt.length + lost.length === 0;
  const said = [
    ...(isBuilt ? ['built'] : []),
    ...(unbuilt.length === 0 ? [] : [`missing: ${unbuilt.join(', ')}`]),
    ...lost,
    ...(leftBehind.length === 0 ? [] : [`left behind: ${leftBehind.join(', ')}`]),
  ];
  return { ...firm('constraints and indexes', isBuilt), measured: said.join('; '), at: now };
}

/** Of an index, a rule or a default that came later, the new columns have nothing; a person may know that nobody needs it. */
const changedItems = ({ changedSince, now }: GateMeasurements): readonly EvidenceItem[] =>
  changedSince === null
    ? []
    : [
        {
          what: 'old columns as planned',
          measured: changedSince.length === 0 ? 'unchanged' : `since the plan: ${changedSince.join('; ')}`,
          at: now,
          verdict: changedSince.length === 0 ? 'pass' : 'fail',
          overridable: true,
        },
      ];

/** What came to the table since, or went, the copy does not know: it would be lost with the names, or come back with them. */
const differenceItems = ({ differences, now }: GateMeasurements): readonly EvidenceItem[] =>
  differences === null
    ? []
    : [
        {
          ...firm('table and copy', differences.length === 0),
          measured:
            differences.length === 0
              ? 'alike'
              : `on the table, and not on the copy: ${differences.join('; ')}. Take it back, or ${planAnew}`,
          at: now,
        },
      ];

/** Until the contract the old side holds every number: nothing is worse for going on, and the contract mends it. */
const remarkItems = ({ remarks, now }: GateMeasurements): readonly EvidenceItem[] =>
  remarks === null
    ? []
    : [
        {
          ...firm('numbers that the old type has left', true),
          measured: remarks.length === 0 ? 'enough' : remarks.join('; '),
          at: now,
        },
      ];

/** A writer of the new shape must meet the same rules as one of the old; whether a rule is one, a person may judge. */
const triggerItems = ({ triggersBehind, now }: GateMeasurements): readonly EvidenceItem[] =>
  triggersBehind === null
    ? []
    : [
        {
          what: 'triggers that know the old shape alone',
          measured: triggersBehind.length === 0 ? 'none' : triggersBehind.join('; '),
          at: now,
          verdict: triggersBehind.length === 0 ? 'pass' : 'fail',
          overridable: true,
        },
      ];

/** A view over the old column or table would go on reading it, and keep it from being dropped. */
const boundItems = ({ bound, now }: GateMeasurements): readonly EvidenceItem[] =>
  bound === null
    ? []
    : [
        {
          ...firm('objects that stay with the old side', bound.length === 0),
          measured: bound.length === 0 ? 'none' : bound.join('; '),
          at: now,
        },
      ];

// Data or a promise of the schema would be lost: nobody passes over it.
const firm = (what: string, isGood: boolean): Pick<EvidenceItem, 'what' | 'verdict' | 'overridable'> => ({
  what,
  verdict: isGood ? 'pass' : 'fail',
  overridable: false,
});

const count = (value: number): string => value.toLocaleString('en-US');

/** A gate that somebody has approved: what they were shown, and what they said. */
export interface Approval {
  readonly decision: GateDecision;
  /** Hash of the evidence that the gate showed. */
  readonly shown: string;
  /** Whether rows were compared once more for this approval. */
  readonly comparedSince: boolean;
}

/**
 * What follows from evidence, measured again after an approval where there was one. `unasked`: nobody is asked at this gate, and rows are
 * compared once more unbidden.
 */
export function answer(
  judged: Omit<Evidence, 'hash'>,
  measured: Pick<GateMeasurements, 'rows' | 'silentTriggers'>,
  approval: Approval | null,
  unasked: Pick<Approval, 'comparedSince'> | null = null,
): Pick<CollectedEvidence, 'next' | 'refused'> {
  const against = judged.items.filter(
    (item) => fails(item) && !(item.overridable && approval?.decision.override === true),
  );
  const refused = approval === null ? '' : refusalOf(judged.gate, approval);
  if (refused !== '') return { next: 'ask', refused };
  if (against.length === 0) return { next: 'go-on', refused: '' };
  const gate = approval ?? unasked;
  if (gate === null) return { next: 'ask', refused: '' };
  if (isOnlyOld(against, measured, gate)) return { next: 'compare-again', refused: '' };
  const words = `still against it: ${against.map(({ what }) => what).join(', ')}`;
  return { next: 'ask', refused: approval === null ? '' : words };
}

/** Nothing is wrong with the rows but that nobody has looked lately, or since an application has begun to write both sides. */
const isOnlyOld = (
  against: readonly EvidenceItem[],
  { rows, silentTriggers }: Pick<GateMeasurements, 'rows' | 'silentTriggers'>,
  { comparedSince }: Pick<Approval, 'comparedSince'>,
): boolean =>
  silentTriggers === null &&
  against.every(({ what }) => what === 'rows compared') &&
  rows !== null &&
  (!differTooMuch(rows) || (rows.mostPartial !== null && !comparedSince));

function refusalOf(gate: Evidence['gate'], { decision, shown }: Approval): string {
  if (decision.evidence !== undefined && decision.evidence !== shown)
    return 'the approval was for other evidence than the gate showed';
  if (gate === 'contract' && decision.acknowledgeRollback !== true)
    return 'the approval does not say `acknowledgeRollback: true`';
  return '';
}
