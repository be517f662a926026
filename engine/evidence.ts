/** One thing that was measured for a gate. `measured` is for people; only `verdict` decides. */
export interface EvidenceItem {
  readonly what: string;
  readonly measured: string;
  readonly verdict: 'pass' | 'fail';
}

export interface Evidence {
  readonly open: boolean;
  readonly items: readonly EvidenceItem[];
}

export interface Measured {
  readonly gate: 'read-switch' | 'contract';
  readonly comparesRows: boolean;
  readonly verification: { readonly rows: number; readonly mismatches: number; readonly finished: boolean };
  readonly stubbornRows: number;
  readonly unbuilt: readonly string[];
  readonly readSharePercent: number;
  readonly readsMove: boolean;
  /** What in the catalog still names the old shape, in the database's own words. */
  readonly dependents: readonly string[];
}

/** Judges what was measured. Every item must pass for the gate to open; one that was not measured fails. */
export function judgeEvidence(measured: Measured): Evidence {
  const items = [
    ...rowItems(measured),
    builtItem(measured),
    ...(measured.gate === 'contract' ? contractItems(measured) : []),
  ];
  return { open: items.every(({ verdict }) => verdict === 'pass'), items };
}

const item = (what: string, measured: string, passes: boolean): EvidenceItem => ({
  what,
  measured,
  verdict: passes ? 'pass' : 'fail',
});

function rowItems({ comparesRows, verification, stubbornRows }: Measured): readonly EvidenceItem[] {
  if (!comparesRows) return [item('rows compared', 'this change writes no row', true)];
  const { rows, mismatches, finished } = verification;
  return [
    item(
      'rows compared',
      finished ? `${rows}, ${mismatches} mismatches` : 'not finished',
      finished && mismatches === 0,
    ),
    item('stubborn rows', String(stubbornRows), stubbornRows === 0),
  ];
}

const builtItem = ({ unbuilt }: Measured): EvidenceItem =>
  item(
    'constraints and indexes',
    unbuilt.length === 0 ? 'built' : `missing: ${unbuilt.join(', ')}`,
    unbuilt.length === 0,
  );

const contractItems = ({ readsMove, readSharePercent, dependents }: Measured): readonly EvidenceItem[] => [
  ...(readsMove ? [item('reads on the new shape', `${readSharePercent} %`, readSharePercent === 100)] : []),
  item(
    'objects that name the old shape',
    dependents.length === 0 ? 'none' : dependents.join('; '),
    dependents.length === 0,
  ),
];
