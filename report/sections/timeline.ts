import { share, timeTicks } from '../chart.ts';
import { figures, section, table } from '../figures.ts';
import { html, type Markup } from '../markup.ts';
import type { Page } from '../page.ts';
import type { Mark, TimedPhase } from '../report.ts';
import { span } from '../../engine/words/span.ts';

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
    ${clustered(marks, axis.place).map(markNumber)} ${timeTicks(axis, height)}
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

interface Cluster {
  readonly place: number;
  readonly kind: Mark['kind'];
  readonly first: number;
  readonly last: number;
}

// On a phone, marks that are nearer than this share would cover one another.
const nearest = 0.055;
const gravity: readonly Mark['kind'][] = ['failure', 'alarm', 'rollback', 'decision', 'event'];

/** Marks by their numbers; those that are too near one another share a label, of the gravest kind among them. */
function clustered(marks: readonly Mark[], place: (atMs: number) => number): readonly Cluster[] {
  const clusters: Cluster[] = [];
  for (const [index, { at, kind }] of marks.entries()) {
    const here = place(Date.parse(at));
    const last = clusters.at(-1);
    if (last && here - last.place < nearest)
      clusters[clusters.length - 1] = { ...last, last: index + 1, kind: graver(kind, last.kind) };
    else clusters.push({ place: here, kind, first: index + 1, last: index + 1 });
  }
  return clusters;
}

const graver = (a: Mark['kind'], b: Mark['kind']): Mark['kind'] =>
  gravity.indexOf(a) < gravity.indexOf(b) ? a : b;

function markNumber({ place, kind, first, last }: Cluster): Markup {
  const label = first === last ? String(first) : `${first}\u2013${last}`;
  const width = 11 + label.length * 6.4;
  // Inside the chart at both of its ends.
  const x = share(Math.min(0.97, Math.max(0.03, place)));
  return html`<rect
      class="dot ${kind}"
      x="${x}"
      y="2"
      width="${width}"
      height="17"
      rx="8.5"
      transform="translate(${-width / 2})"
    /><text class="dot" x="${x}" y="14.5">${label}</text>`;
}

const markList = (page: Page, marks: readonly Mark[]): Markup =>
  html`<ol class="marks">
    ${marks.map(({ at, kind, says }) => html`<li class="${kind}"><span class="when">${page.when(at)}</span> ${says}</li> `)}
  </ol>`;

const lasted = ({ from, to }: { readonly from: string; readonly to: string }): string =>
  span(Date.parse(to) - Date.parse(from));
