import { formatDuration } from '../words/duration.ts';
import type { EvidenceItem } from './evidence.ts';
import type {
  ContractMeasured,
  NamedStatement,
  OldShapeMeasured,
  ReadsMeasured,
  StatementsMeasured,
  SwitchMeasured,
} from './measured.ts';

const leastShareOfNewReads = 0.99;
const mostNamed = 5;

type Judged = Omit<EvidenceItem, 'at'>;

/** What the contract gate asks for besides whole rows: that nobody needs the old shape, and that the way back is known. */
export function contractItems(
  { oldShape, quarantineSeconds }: ContractMeasured,
  at: string,
): readonly EvidenceItem[] {
  const items = [...(oldShape === null ? [] : oldShapeItems(oldShape)), wayBack(quarantineSeconds)];
  return items.map((item) => ({ ...item, at }));
}

const oldShapeItems = (shape: OldShapeMeasured): readonly Judged[] => [
  ...(shape.switched === null ? [] : switchItems(shape.switched, shape.statements)),
  ...statementItems(shape.statements),
  judged(
    'objects that depend on the old shape',
    shape.dependents.length === 0,
    [
      listed(shape.dependents),
      ...(shape.replaced.length === 0
        ? []
        : [`replaced by this migration (\`dependents:\`): ${shape.replaced.join(', ')}`]),
    ].join('; '),
  ),
  judged(
    'functions that name the old shape',
    shape.functions.length === 0,
    [listed(shape.functions), ...shape.notes].join('; '),
    'overridable',
  ),
];

const switchItems = ({ flagPercent, reads }: SwitchMeasured, statements: StatementsMeasured) => [
  judged('reads sent to the new shape', flagPercent === 100, `${flagPercent} %`),
  ...readItems(reads, statements),
];

function readItems(reads: ReadsMeasured, statements: StatementsMeasured): readonly Judged[] {
  if (reads.kind === 'waived') {
    // Then the database's own count must be there to stand in for it.
    const standsIn = statements.kind === 'counted' && statements.readers === 0;
    const what = 'reads of the new shape';
    const said = 'not measured, by `reads: { reported: false }`';
    return [
      standsIn
        ? waived(what, `${said}; the statements stand in for them`)
        : judged(what, false, `${said}, and the statements cannot stand in for them`, 'overridable'),
    ];
  }
  const all = reads.old + reads.new;
  const since = `since ${minute(reads.since)}`;
  if (all === 0)
    return [
      judged(
        'reads of the new shape',
        false,
        `no read was reported ${since}: publish the metric Reads, or say \`reads: { reported: false }\``,
        'overridable',
      ),
    ];
  const share = reads.new / all;
  return [
    judged(
      'reads of the new shape',
      share >= leastShareOfNewReads,
      `${percent(share)} of ${count(all)} ${since}`,
      'overridable',
    ),
    judged(
      'reads of the old shape',
      reads.oldLately === 0,
      `${reads.oldLately === 0 ? 'none' : count(reads.oldLately)} ${since}`,
      'overridable',
    ),
  ];
}

/** `2026-12-01 10:00 UTC` */
const minute = (at: string): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

// Rounded down: 98.99 % must not read as 99.
const percent = (share: number): string => `${Math.floor(share * 10_000) / 100} %`;

function statementItems(statements: StatementsMeasured): readonly Judged[] {
  const reading = 'statements that read the old shape';
  const writing = 'statements that write the old shape';
  if (statements.kind === 'waived') {
    const measured = 'not measured, by `contract: { statements: unmeasured }`';
    return [waived(reading, measured), waived(writing, measured)];
  }
  if (statements.kind === 'unmeasured') {
    const measured = `not measured: ${statements.why}`;
    return [judged(reading, false, measured, 'overridable'), judged(writing, false, measured, 'overridable')];
  }
  const { named, since } = statements;
  const note = noteOf(statements);
  const item = (what: string, found: readonly NamedStatement[], and: string): Judged =>
    judged(what, found.length === 0, `${statementsText(found)} since ${minute(since)}${and}`, 'overridable');
  return [
    item(
      reading,
      named.filter(({ writes }) => !writes),
      note,
    ),
    item(
      writing,
      named.filter(({ writes }) => writes),
      '',
    ),
  ];
}

function noteOf({ wholeRow, readers }: Extract<StatementsMeasured, { kind: 'counted' }>): string {
  const rows = `; ${count(wholeRow)} read whole rows (SELECT *), which goes on without the column`;
  const instances = `; what runs on ${count(readers)} readers is counted there and cannot be seen from here`;
  return `${wholeRow === 0 ? '' : rows}${readers === 0 ? '' : instances}`;
}

function statementsText(found: readonly NamedStatement[]): string {
  const most = found.toSorted((a, b) => b.calls - a.calls).slice(0, mostNamed);
  const texts = most.map(
    ({ verb, role, calls, queryId, doubtful }) =>
      `${verb} by ${role}, ${count(calls)} calls, queryid ${queryId}${doubtful ? ' (could not be parsed for sure)' : ''}`,
  );
  return listed(found.length > most.length ? [...texts, `${found.length - most.length} more`] : texts);
}

const wayBack = (quarantineSeconds: number): Judged =>
  judged(
    'way back',
    true,
    (quarantineSeconds > 0
      ? `every phase can be undone until ${formatDuration(quarantineSeconds * 1000)} after the approval, when the quarantine ends and the contract begins`
      : 'every phase can be undone until the approval, which the contract follows at once') +
      '; nothing can be brought back after the contract. The approval says that this is understood',
  );

const listed = (texts: readonly string[]): string => (texts.length === 0 ? 'none' : texts.join('; '));
const count = (value: number): string => value.toLocaleString('en-US');

const judged = (
  what: string,
  isGood: boolean,
  measured: string,
  override: 'overridable' | 'firm' = 'firm',
): Judged => ({
  what,
  measured,
  verdict: isGood ? 'pass' : 'fail',
  overridable: override === 'overridable',
});

const waived = (what: string, measured: string): Judged => ({
  what,
  measured,
  verdict: 'waived',
  overridable: false,
});
