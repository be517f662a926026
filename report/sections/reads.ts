import { chart } from '../chart.ts';
import { figures, gatheredRows, highest, key, section, table, total, whereMeasured } from '../figures.ts';
import { html, type Content, type Markup } from '../markup.ts';
import type { Page } from '../page.ts';
import type { Reads } from '../report.ts';
import { every, percent, plural, whole } from '../wording.ts';

/** Which shape was read, as the share of the new one grew. */
export function readsSection(page: Page): Markup {
  return section(
    'reads',
    'Reads by path',
    whereMeasured(page.report.reads, (it) => [
      html`<p>
        ${plural(it.old, 'read')} on the old path, ${whole(it.new)} on the new.
        <span class="soft">${it.source}, ${every(it.intervalSeconds)}.</span>
      </p>`,
      key([
        { style: 'fill old', says: 'old path' },
        { style: 'fill new', says: 'new path' },
      ]),
      drawing(page, it),
    ]),
  );
}

function drawing({ axis, report: { phases }, when }: Page, { points, intervalSeconds }: Reads): Content {
  const perSecond = (at: string, reads: number) => ({ atMs: Date.parse(at), value: reads / intervalSeconds });
  const news = points.map((point) => perSecond(point.at, point.new));
  const both = points.map((point) => perSecond(point.at, point.new + point.old));
  const most = highest(both.map(({ value }) => value)) ?? 0;
  return [
    chart({
      id: 'reads-chart',
      title: 'Reads a second by path over time',
      says: `Reads of the new path lie below, those of the old one above them; together at most ${whole(most)} a second.`,
      axis,
      phases,
      most,
      unit: 'reads/s',
      height: 170,
      series: [
        { style: 'fill old', kind: 'area', samples: both, base: news },
        { style: 'fill new', kind: 'area', samples: news },
        { style: 'new', kind: 'line', samples: news },
      ],
    }),
    figures(
      table(
        ['From', 'Old path', 'New path', 'Share of the new'],
        'lrrr',
        gatheredRows(points, (some) => {
          const [old, fresh] = [total(some.map((it) => it.old)), total(some.map((it) => it.new))];
          return [
            when(some[0]?.at ?? ''),
            whole(old),
            whole(fresh),
            old + fresh === 0 ? '\u2013' : percent(fresh / (old + fresh)),
          ];
        }),
      ),
    ),
  ];
}
