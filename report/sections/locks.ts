import { chart, share } from '../chart.ts';
import { figures, gatheredRows, highest, orDash, section, table, whereMeasured } from '../figures.ts';
import { html, type Content, type Markup } from '../markup.ts';
import type { Page } from '../page.ts';
import { isMeasured, type BlockedSessions, type LockWaits } from '../report.ts';
import { milliseconds, plural, whole } from '../wording.ts';

/** How long the application waited for locks, and how many of its sessions did. */
export function locksSection(page: Page): Markup {
  const { lockWaits, blockedSessions } = page.report;
  return section(
    'locks',
    'Lock waits',
    whereMeasured(lockWaits, (it) => waits(page, it)),
    isMeasured(blockedSessions) || !isMeasured(lockWaits)
      ? [
          html`<h3>Sessions that waited for a lock</h3>`,
          whereMeasured(blockedSessions, (it) => blocked(page, it)),
        ]
      : null,
  );
}

function waits({ axis, report: { phases }, when }: Page, it: LockWaits): Content {
  const { source, longestMs, limitMs, byPhase, points } = it;
  const limit =
    limitMs === null ? '' : ` A statement of the migration gives up after ${milliseconds(limitMs)}.`;
  const waited = points.filter((point) => point.longestMs > 0);
  return [
    html`<p>
      ${longestMs === 0 ? 'No request was seen waiting for a lock.' : `The longest wait was ${milliseconds(longestMs)}.`}${limit}
      <span class="soft">${source}.</span>
    </p>`,
    waited.length === 0
      ? null
      : chart({
          id: 'lock-waits',
          title: 'The longest lock wait of each interval',
          says: `Waits were seen in ${whole(waited.length)} intervals; the longest was ${milliseconds(longestMs)}.`,
          axis,
          phases,
          most: longestMs,
          unit: 'ms',
          height: 140,
          series: [
            {
              style: 'wait',
              kind: 'bars',
              samples: points.map(({ at, longestMs: value }) => ({ atMs: Date.parse(at), value })),
            },
          ],
          over: (y) =>
            waited.length > 60
              ? null
              : waited.map(
                  (point) =>
                    html`<circle
                      class="wait"
                      cx="${share(axis.place(Date.parse(point.at)))}"
                      cy="${y(point.longestMs)}"
                      r="3"
                      ><title>${milliseconds(point.longestMs)} at ${when(point.at)}</title></circle
                    >`,
                ),
        }),
    byPhase.length === 0
      ? null
      : figures(
          table(
            ['Phase', 'Longest wait'],
            'lr',
            byPhase.map(({ phase, longestMs: ms }) => [phase, milliseconds(ms)]),
          ),
        ),
  ];
}

function blocked(
  { axis, report: { phases }, when }: Page,
  { source, most, points }: BlockedSessions,
): Content {
  return [
    html`<p>
      ${most === 0 ? 'None was seen.' : `At most ${plural(most, 'session')} at once.`}
      <span class="soft">${source}.</span>
    </p>`,
    most === 0 || points.length === 0
      ? null
      : chart({
          id: 'blocked',
          title: 'Sessions that waited for a lock over time',
          says: `At most ${plural(most, 'session')} at once.`,
          axis,
          phases,
          most,
          unit: 'sessions',
          height: 130,
          series: [
            {
              style: 'wait',
              kind: 'bars',
              samples: points.map(({ at, sessions }) => ({ atMs: Date.parse(at), value: sessions })),
            },
          ],
        }),
    points.length === 0
      ? null
      : figures(
          table(
            ['From', 'Most sessions'],
            'lr',
            gatheredRows(points, (some) => [
              when(some[0]?.at ?? ''),
              orDash(highest(some.map(({ sessions }) => sessions)), whole),
            ]),
          ),
        ),
  ];
}
