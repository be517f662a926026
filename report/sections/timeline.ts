import { share, timeTicks } from '../chart.ts';
import { figures, section, table } from '../figures.ts';
import { html, type Markup } from '../markup.ts';
import type { Page } from '../page.ts';
import type { Mark, TimedPhase } from '../report.ts';
import { duration } from '../wording.ts';

const rowHeight = 32;
const head = 26;
const foot = 26;

/** The phases, one below the other, on the axis of all charts, with what was decided and what went wrong. */
export function timelineSection(page: Page): Markup {
  const { report } = page;
  const { phases, marks } = report;
  return section(
    'timeline',
    'Timeline',
    phases.length === 0 ? html`<p class="none">Not measured: no phase was entered.</p>` : drawing(page),
    marks.length === 0 ? null : markList(page, marks),
    figures(
      table(
        ['Phase', 'From', 'Took'],
        'lrr',
        phases.map(({ name, from, to }) => [name, page.when(from), lasted({ from, to })]),
      ),
    ),
  );
}

function drawing({ report: { phases, marks }, axis }: Page): Markup {
  const height = head + phases.length * rowHeight + foot;
  const says = phases.map((phase) => `${phase.name} took ${lasted(phase)}`).join(', ');
  return html`<svg
    class="chart timeline"
    role="img"
    aria-labelledby="timeline-t timeline-d"
    width="100%"
    height="${height}"
  >
    <title id="timeline-t">The phases of the migration over time</title>
    <desc id="timeline-d">${says}.</desc>
    ${marks.map(({ at, kind }) => markLine(axis.place(Date.parse(at)), kind, height - foot))}
    ${phases.map((phase, row) => phaseRow(phase, head + row * rowHeight, axis.place))}
    ${marks.map(({ at, kind }, index) => markNumber(axis.place(Date.parse(at)), kind, index + 1))}
    ${timeTicks(axis, height)}
  </svg>`;
}

function phaseRow(phase: TimedPhase, y: number, place: (atMs: number) => number): Markup {
  const [start, end] = [place(Date.parse(phase.from)), place(Date.parse(phase.to))];
  // A phase of milliseconds among days is still to be seen.
  return html`<text class="row" x="0" y="${y + 13}">${phase.name}</text
    ><text class="took" x="100%" y="${y + 13}">${lasted(phase)}</text>
    <line class="track" x1="0" x2="100%" y1="${y + 22}" y2="${y + 22}" /><line
      class="bar ${phase.name}"
      x1="${share(start)}"
      x2="${share(end)}"
      y1="${y + 22}"
      y2="${y + 22}"
    />`;
}

const markLine = (place: number, kind: Mark['kind'], bottom: number): Markup =>
  html`<line
    class="mark ${kind}"
    x1="${share(place)}"
    x2="${share(place)}"
    y1="${head - 8}"
    y2="${bottom}"
  />`;

// Inside the chart at both of its ends.
const inside = (place: number): string => share(Math.min(0.985, Math.max(0.015, place)));

const markNumber = (place: number, kind: Mark['kind'], index: number): Markup =>
  html`<circle class="dot ${kind}" cx="${inside(place)}" cy="11" r="8.5" /><text
      class="dot"
      x="${inside(place)}"
      y="14.5"
      >${index}</text
    >`;

const markList = (page: Page, marks: readonly Mark[]): Markup =>
  html`<ol class="marks">
    ${marks.map(({ at, kind, says }) => html`<li class="${kind}"><span class="when">${page.when(at)}</span> ${says}</li> `)}
  </ol>`;

const lasted = ({ from, to }: { readonly from: string; readonly to: string }): string =>
  duration(Date.parse(to) - Date.parse(from));
