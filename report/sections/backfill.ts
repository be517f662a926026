import { chart } from '../chart.ts';
import { figures, gatheredRows, highest, orDash, section, table, whereMeasured } from '../figures.ts';
import { html, type Content, type Markup } from '../markup.ts';
import type { Page } from '../page.ts';
import type { Backfill } from '../report.ts';
import { timeAxis } from '../time-axis.ts';
import { duration, every, plural, whole } from '../wording.ts';

/** How fast the existing rows were copied, and in batches of what size. */
export function backfillSection(page: Page): Markup {
  return section(
    'backfill',
    'Backfill',
    whereMeasured(page.report.backfill, (it) => [
      html`<p>
        ${plural(it.rows, 'row')} in ${plural(it.batches, 'batch', 'batches')} by
        ${plural(it.workers, 'worker')} in ${duration(it.seconds * 1000)}:
        ${whole(it.rows / Math.max(it.seconds, 0.001))} rows a second. ${refused(it.stubbornRows)}
      </p>`,
      it.points.length === 0
        ? html`<p class="none">Not measured: its course over time.</p>`
        : charts(page, it),
    ]),
  );
}

const refused = (rows: number | null): string =>
  rows === null
    ? ''
    : rows === 0
      ? 'No row refused the change.'
      : `${plural(rows, 'row')} refused the change.`;

function charts({ report, when }: Page, { points, intervalSeconds }: Backfill): Content {
  // Hours among weeks: it has an axis of its own.
  const moments = points.map(({ at }) => Date.parse(at));
  const axis = timeAxis(Math.min(...moments), Math.max(...moments), Date.parse(report.ticket.from));
  const rate = points.map(({ at, rowsPerSecond }) => ({ atMs: Date.parse(at), value: rowsPerSecond }));
  const size = points.map(({ at, batchRows }) => ({ atMs: Date.parse(at), value: batchRows }));
  const mostRate = highest(rate.map(({ value }) => value)) ?? 0;
  const mostSize = highest(size.map(({ value }) => value));
  return [
    html`<h3>Rows a second</h3>`,
    chart({
      id: 'backfill-rate',
      title: 'Rows backfilled a second over time',
      says: `At most ${whole(mostRate)} rows a second, measured ${every(intervalSeconds)}.`,
      axis,
      phases: [],
      most: mostRate,
      unit: 'rows/s',
      height: 150,
      series: [
        { style: 'fill new', kind: 'area', samples: rate },
        { style: 'new', kind: 'line', samples: rate },
      ],
    }),
    html`<h3>Rows in a batch</h3>`,
    mostSize === null
      ? html`<p class="none">Not measured: the size of batches.</p>`
      : chart({
          id: 'backfill-size',
          title: 'Rows in one batch over time',
          says: `At most ${whole(mostSize)} rows in a batch.`,
          axis,
          phases: [],
          most: mostSize,
          unit: 'rows',
          height: 130,
          series: [{ style: 'p95', kind: 'line', samples: size }],
        }),
    figures(
      table(
        ['From', 'Rows a second', 'Rows in a batch'],
        'lrr',
        gatheredRows(points, (some) => [
          when(some[0]?.at ?? ''),
          orDash(highest(some.map(({ rowsPerSecond }) => rowsPerSecond)), whole),
          orDash(highest(some.map(({ batchRows }) => batchRows)), whole),
        ]),
        'The highest of each stretch.',
      ),
    ),
  ];
}
