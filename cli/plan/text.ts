import { aboutSeconds, bytesText, countText, plural } from '../../engine/words/amounts.ts';
import { productNames } from '../../engine/dialects/engine.ts';
import type { Preview, PreviewedStatement } from '../../engine/preview/preview.ts';
import type { Way } from '../../engine/preview/ways.ts';
import type { Screen } from '../screen.ts';
import { wrapText } from '../wrap-text.ts';
import { offeredYaml } from './offered-yaml.ts';

type Shown = Pick<Screen, 'styled' | 'columns'>;
type Section = (preview: Preview, shown: Shown) => readonly string[];

/** The plan for people. */
export function planText(preview: Preview, shown: Shown): string {
  const sections: readonly Section[] = [title, phases, foreseen, ways, findings, offers, checklist];
  return sections
    .map((section) => section(preview, shown).join('\n'))
    .filter((section) => section !== '')
    .join('\n\n');
}

const nameOf = ({ table }: Preview): string => `${table.schema}.${table.name}`;

function title(preview: Preview, { styled }: Shown): readonly string[] {
  const { migration, goal, statistics, change, engine } = preview;
  const head = [styled('bold', `${migration}: ${goal}`)];
  if (statistics === null) {
    return [
      ...head,
      `  ${change.kind} on ${nameOf(preview)}; the file is right`,
      styled(
        'yellow',
        '  No database was asked: whether it has the table, the SQL, the locks, the time and the price are not known.',
      ),
      '  Give --database-url, or --cluster-arn, --secret-arn and --database.',
    ];
  }
  const rows = statistics.rows < 0 ? 'unknown rows' : `${countText(statistics.rows)} rows`;
  return [
    ...head,
    `  ${change.kind} on ${nameOf(preview)}: ${rows}, ${bytesText(statistics.tableBytes)} and ${bytesText(statistics.indexBytes)} of indexes; ${productNames[engine ?? 'postgres']} ${statistics.version}`,
    `  reversible until ${preview.reversibleUntil ?? 'the end, and after it'}`,
  ];
}

function phases({ phases: all, estimate, walks: every }: Preview, shown: Shown): readonly string[] {
  if (all === null) return [];
  return all.flatMap(({ phase, statements, undo }) => {
    const time = estimate?.phases.find((each) => each.phase === phase);
    const work =
      time === undefined || time.workSeconds === 0 ? [] : [`works ${aboutSeconds(time.workSeconds)}`];
    const waits =
      time === undefined || time.windowSeconds === 0 ? [] : [`waits ${aboutSeconds(time.windowSeconds)}`];
    const compares =
      phase === 'verify' && statements.length === 0 && every.some(({ purposes }) => purposes.includes(phase));
    const walks = [
      ...(phase === 'backfill' ? backfillLine(estimate, every.length > 0) : []),
      ...(compares ? ['  every row is compared, in ranges, each in one snapshot'] : []),
    ];
    const nothing = statements.length === 0 && walks.length === 0 ? ['no SQL'] : [];
    const about = [...nothing, ...work, ...waits].join(', ');
    return [
      `${shown.styled('bold', phase)}${about === '' ? '' : shown.styled('dim', `  ${about}`)}`,
      ...walks,
      ...statements.flatMap((each) => [statementLine(each, shown), ...sqlLines(each, shown)]),
      ...undoLines(undo, shown),
    ];
  });
}

function backfillLine(estimate: Preview['estimate'], walks: boolean): readonly string[] {
  if (!walks) return ['  no row has to be written'];
  if (estimate === null) return [];
  const { batches, batchRows, shards } = estimate.backfill;
  return [
    `  ${plural(batches, 'batch', 'batches')} of up to ${countText(batchRows)} rows in ${plural(shards, 'shard')}; each batch locks its rows, not the table (--format sql shows it)`,
  ];
}

function statementLine(
  { does, lock, held, scans, scanSeconds, waitsAtMostMs }: PreviewedStatement,
  { styled }: Shown,
): string {
  const strong = lock === 'ACCESS EXCLUSIVE' ? styled('yellow', lock) : lock;
  const locks =
    lock === 'none'
      ? 'no table lock'
      : `${strong} for ${held}${scanSeconds === null ? '' : ` (${aboutSeconds(scanSeconds)})`}${waitsAtMostMs === null ? '' : `, waits ${waitsAtMostMs} ms at most`}`;
  const whole = scans === 0 ? 'no scan' : `${scans === 1 ? 'one scan' : 'two scans'} beside the traffic`;
  const reads = held === 'its sample' ? 'a sample of the rows beside the traffic' : whole;
  return `  ${does}\n    ${locks}; ${reads}`;
}

// A trigger's body is for --format sql.
const mostLines = 14;
const shownLines = 4;

const sqlLines = ({ sql }: PreviewedStatement, { styled }: Shown): readonly string[] =>
  sql.flatMap((statement) =>
    folded(`${statement};`.split('\n')).map((line) => styled('dim', `      ${line}`)),
  );

const folded = (lines: readonly string[]): readonly string[] =>
  lines.length <= mostLines
    ? lines
    : [...lines.slice(0, shownLines), `… ${lines.length - shownLines} more lines (--format sql)`];

function undoLines(
  undo: NonNullable<Preview['phases']>[number]['undo'],
  { styled }: Shown,
): readonly string[] {
  if ('irreversible' in undo) return [`  ${styled('red', 'nothing undoes this')}: ${undo.irreversible}`];
  return undo.map(
    ({ does, lock }) => `  undo: ${does} (${lock === 'none' ? 'no table lock' : `${lock} for milliseconds`})`,
  );
}

function foreseen({ estimate, statistics }: Preview, { styled, columns }: Shown): readonly string[] {
  if (estimate === null || statistics === null) return [];
  const { assumptions, bill, seconds, phases: times } = estimate;
  const work = times.reduce((sum, { workSeconds }) => sum + workSeconds, 0);
  const items = bill.items.map(({ what, quantity, usd }) => `${countText(quantity)} ${what} ${dollars(usd)}`);
  return [
    styled('bold', 'Estimated'),
    ...[
      `${aboutSeconds(seconds)} from start to end, ${aboutSeconds(work)} of it work. What people need to answer gates comes on top, and hours that the change window avoids.`,
      `${dollars(bill.usd)} on AWS beside the database, at list prices of us-east-1: ${items.join(', ')}.`,
      `Assumed: a worker writes ${countText(assumptions.rowsPerSecond)} rows or ${bytesText(assumptions.bytesPerSecond)} and compares ${countText(assumptions.comparedPerSecond)} rows a second, a scan reads ${bytesText(assumptions.scannedPerSecond)} a second, a call takes ${assumptions.callMs} ms; nothing throttles, no row refuses. A rehearsal measures it: then give --rows-per-second.`,
    ].map((text) => wrapText(text, { width: columns, first: '  ', indent: '  ' })),
  ];
}

const dollars = (usd: number): string => (usd < 0.01 ? 'under $0.01' : `$${usd.toFixed(2)}`);

function ways({ ways: both }: Preview, { styled, columns }: Shown): readonly string[] {
  if (both === null) return [];
  const lines = both.ways.flatMap((way) => [
    wrapText(`by ${way.by}${way.chosen ? ', as the file says' : ''}: ${wayText(way)}`, {
      width: columns,
      first: '  ',
      indent: '    ',
    }),
    ...way.fails.map((each) =>
      wrapText(`would fail: ${each}`, { width: columns, first: '    ! ', indent: '      ' }),
    ),
  ]);
  const advice =
    both.recommended === null ? both.because : `Recommended: by ${both.recommended}. ${both.because}.`;
  return [styled('bold', 'Ways'), ...lines, wrapText(advice, { width: columns, first: '  ', indent: '  ' })];
}

function wayText({ refused, rowsWritten, walBytes, seconds, workSeconds, unmeasured, by }: Way): string {
  if (refused.length > 0) return `refused: ${refused.join('; ')}`;
  const writes =
    rowsWritten === 0
      ? 'writes no row'
      : `writes ${countText(rowsWritten)} rows, ${bytesText(walBytes)} of WAL at the least`;
  const looked = by === 'alias' && unmeasured !== null ? `; not checked who would fail: ${unmeasured}` : '';
  return `${writes}; ${aboutSeconds(seconds)} from start to end, ${aboutSeconds(workSeconds)} of it work${looked}`;
}

function findings({ findings: all, phases: known }: Preview, { styled, columns }: Shown): readonly string[] {
  if (known === null) return [];
  if (all.length === 0) return [`${styled('bold', 'Findings')}  none`];
  return [
    styled('bold', 'Findings'),
    ...all.map(({ key, fact, remedy }) => {
      const said = `${key === '' ? '' : `${key}: `}${fact}.${remedy === '' ? '' : ` ${remedy}.`}`;
      return wrapText(said, { width: columns, first: '  ! ', indent: '    ' });
    }),
  ];
}

/** As it stands in the file: it is copied. */
function offers({ offers: all }: Preview, { styled }: Shown): readonly string[] {
  if (all.length === 0) return [];
  return [
    `${styled('bold', 'Dependents')}  copy into the file, so that the contract gate can open:`,
    ...offeredYaml(all),
  ];
}

function checklist({ checklist: items, statistics }: Preview, { styled, columns }: Shown): readonly string[] {
  const open = items.filter(({ state }) => state === 'open').length;
  const width = Math.max(...items.map(({ item }) => item.length));
  const refuses = statistics === null ? `${open} open` : `${open} open: a start refuses`;
  return [
    `${styled('bold', 'Checklist')}  ${open === 0 ? 'complete' : styled('yellow', refuses)}`,
    ...items.map(({ item, state, answer, how }) => {
      const mark = state === 'done' ? styled('green', '✓') : styled('yellow', '○');
      const said = state === 'done' ? answer : `${answer}. ${how}.`;
      const indent = ' '.repeat(width + 6);
      const words = wrapText(said, { width: columns, first: indent, indent }).slice(indent.length);
      return `  ${mark} ${item.padEnd(width)}  ${words}`;
    }),
  ];
}
