import { chart } from '../chart.ts';
import { figures, gatheredRows, highest, orDash, section, table, whereMeasured } from '../figures.ts';
import { html, type Content, type Markup } from '../markup.ts';
import type { Page } from '../page.ts';
import type { DatabaseLoad } from '../report.ts';
import { every, number } from '../wording.ts';

/** How the database itself fared. */
export function databaseSection(page: Page): Markup {
  return section(
    'database',
    'The database',
    whereMeasured(page.report.database, ({ source, intervalSeconds, lines }) => [
      html`<p class="soft">${source}, ${every(intervalSeconds)}.</p>`,
      lines.map((line, at) => one(page, line, at)),
    ]),
  );
}

function one(
  { axis, report: { phases }, when }: Page,
  line: DatabaseLoad['lines'][number],
  at: number,
): Content {
  const { name, unit, points } = line;
  const samples = points.map((point) => ({ atMs: Date.parse(point.at), value: point.value }));
  const most = highest(samples.map(({ value }) => value));
  if (most === null)
    return [html`<h3>${name}</h3>`, html`<p class="none">Not measured: it was not published.</p>`];
  return [
    html`<h3>${name}</h3>`,
    chart({
      id: `database-${at}`,
      title: `${name} over time`,
      says: `At most ${number(most)} ${unit}.`,
      axis,
      phases,
      most,
      unit,
      height: 120,
      series: [{ style: 'p95', kind: 'line', samples }],
    }),
    figures(
      table(
        ['From', unit],
        'lr',
        gatheredRows(points, (some) => [
          when(some[0]?.at ?? ''),
          orDash(highest(some.map(({ value }) => value)), number),
        ]),
        'The highest of each stretch.',
      ),
    ),
  ];
}
