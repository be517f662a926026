import { chart, share } from '../chart.ts';
import {
  figures,
  gatheredRows,
  highest,
  key,
  orDash,
  section,
  table,
  total,
  whereMeasured,
} from '../figures.ts';
import { html, type Content, type Markup } from '../markup.ts';
import type { Page } from '../page.ts';
import type { Latency } from '../report.ts';
import type { Sample } from '../thinned-series.ts';
import { every, milliseconds, whole } from '../wording.ts';

type Line = Latency['lines'][number];
type Point = Line['points'][number];
const ranks = ['p99', 'p95', 'p50'] as const;

/** How long requests took, before and during, with the phases behind. */
export function latencySection(page: Page): Markup {
  return section(
    'latency',
    'Latency',
    whereMeasured(page.report.latency, ({ source, intervalSeconds, lines }) => [
      html`<p class="soft">${source}, ${every(intervalSeconds)}.</p>`,
      key([
        { style: 'p50', says: 'p50' },
        { style: 'p95', says: 'p95' },
        { style: 'p99', says: 'p99' },
        ...(hasFailures(lines) ? [{ style: 'failed', says: 'failed requests' }] : []),
      ]),
      lines.map((line, at) => oneLine(page, line, { at, most: mostOf(lines) })),
    ]),
  );
}

const hasFailures = (lines: readonly Line[]): boolean =>
  lines.some(({ points }) => points.some(({ failed }) => (failed ?? 0) > 0));

// Lines are there to be compared: one scale for all.
const mostOf = (lines: readonly Line[]): number =>
  highest(lines.flatMap(({ points }) => points.map(({ p99, p95 }) => p99 ?? p95))) ?? 1;

interface Place {
  readonly at: number;
  readonly most: number;
}

function oneLine(page: Page, line: Line, { at, most }: Place): Content {
  const { name, before, during, points } = line;
  const highestP99 = highest(points.map(({ p99 }) => p99));
  const failed = points.filter((point) => (point.failed ?? 0) > 0);
  return [
    html`<h3>${name}</h3>`,
    before === null && during === null ? null : wholeTable(line),
    chart({
      id: `latency-${at}`,
      title: `Latency of ${name} over time`,
      says: `The highest p99 of an interval was ${orDash(highestP99, milliseconds)}.`,
      axis: page.axis,
      phases: page.report.phases,
      most,
      unit: 'ms',
      series: ranks.map((rank) => ({ style: rank, kind: 'line', samples: samplesOf(points, rank) })),
      over: (y) => failed.map((point) => failureMark(page, point, y(0))),
    }),
    figures(
      table(
        ['From', 'Requests', 'Failed', 'p50', 'p95', 'p99'],
        'lrrrrr',
        gatheredRows(points, (some) => [
          page.when(some[0]?.at ?? ''),
          orDash(
            some.every(({ requests }) => requests === null)
              ? null
              : total(some.map(({ requests }) => requests)),
            whole,
          ),
          orDash(
            some.every(({ failed: it }) => it === null) ? null : total(some.map(({ failed: it }) => it)),
            whole,
          ),
          ...(['p50', 'p95', 'p99'] as const).map((rank) =>
            orDash(highest(some.map((point) => point[rank])), milliseconds),
          ),
        ]),
        'Percentiles are the highest of their intervals.',
      ),
    ),
  ];
}

/** Percentiles over the whole time, where somebody could tell them. */
const wholeTable = ({ before, during }: Line): Markup =>
  table(
    ['', 'p50', 'p95', 'p99'],
    'lrrr',
    (
      [
        ['before', before],
        ['during', during],
      ] as const
    ).map(([when, it]) => [
      when,
      ...(['p50', 'p95', 'p99'] as const).map((rank) => (it ? milliseconds(it[rank]) : 'not measured')),
    ]),
  );

const samplesOf = (points: readonly Point[], rank: (typeof ranks)[number]): readonly Sample[] =>
  points.map((point) => ({ atMs: Date.parse(point.at), value: point[rank] }));

const failureMark = ({ axis }: Page, { at, failed }: Point, y: number): Markup =>
  html`<circle class="failed" cx="${share(axis.place(Date.parse(at)))}" cy="${y}" r="4"
    ><title>${whole(failed ?? 0)} failed</title></circle
  >`;
