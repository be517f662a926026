import { scaleLinear } from 'd3-scale';
import { area, line, curveStepAfter } from 'd3-shape';
import { html, type Content, type Markup } from './markup.ts';
import type { TimedPhase } from './report.ts';
import { thinnedSeries, type Sample } from './thinned-series.ts';
import type { Tick, TimeAxis } from './time-axis.ts';
import { number } from './wording.ts';

/**
 * Charts that fit any width without a script: places are percentages of the width, text and strokes keep their size.
 * Only the lines themselves, which know no percentages, are stretched.
 */

export interface Chart {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  /** What the chart shows, for those who cannot see it. */
  readonly says: string;
  readonly axis: TimeAxis;
  readonly phases: readonly TimedPhase[];
  /** The top of the value axis; the bottom is 0. */
  readonly most: number;
  /** Of the values, behind the top label. */
  readonly unit: string;
  readonly height?: number;
  readonly series: readonly Series[];
  /** Further marks, drawn above the series. */
  readonly over?: (y: (value: number) => number) => Content;
}

export interface Series {
  readonly style: string;
  readonly kind: 'line' | 'area' | 'steps' | 'bars';
  readonly samples: readonly Sample[];
  /** Where an area begins, for areas upon areas. */
  readonly base?: readonly Sample[];
}

// More points than this nobody sees on a page.
const mostPoints = 500;
const stretched = 1000;
const top = 34;
const bottom = 22;
// Nearer than this, labels of values stand in each other's way.
const labelHeight = 20;

export function chart(it: Chart): Markup {
  const { id, axis, height = 190 } = it;
  const scale = scaleLinear()
    .domain([0, it.most > 0 ? it.most : 1])
    .range([height - bottom, top])
    .nice(3);
  const y = (value: number): number => Number(scale(value).toFixed(1));
  const ticks = scale.ticks(3);
  const labels = labelled(ticks, y);
  return html`<svg class="chart" role="img" aria-labelledby="${id}-t ${id}-d" width="100%" height="${height}">
    <title id="${id}-t">${it.title}</title>
    <desc id="${id}-d">${it.says}</desc>
    ${bands(it.phases, axis, height - bottom)} ${ticks.map((value) => gridLine(y(value)))}
    <svg
      class="plot"
      viewBox="0 0 ${stretched} ${height}"
      preserveAspectRatio="none"
      width="100%"
      height="${height}"
    >
      ${it.series.map((series) => drawn(series, axis, y))}
    </svg>
    ${it.over ? it.over(y) : null}
    ${labels.map((value, at) => valueLabel(value, y(value), at === labels.length - 1 ? it.unit : ''))}
    ${timeTicks(axis, height)}
  </svg>`;
}

/** From the top down every value, or every second one where they are near. */
function labelled(ticks: readonly number[], y: (value: number) => number): readonly number[] {
  const [first = 0, second = first] = ticks;
  const each = Math.abs(y(second) - y(first)) < labelHeight ? 2 : 1;
  return ticks.filter((_, at) => (ticks.length - 1 - at) % each === 0);
}

const gridLine = (y: number): Markup => html`<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}" />`;

const valueLabel = (value: number, y: number, unit: string): Markup =>
  html`<text class="value" x="0" y="${y - 4}">${number(value)}${unit === '' ? '' : ` ${unit}`}</text>`;

/** The phases behind a chart, each named where its name has room. */
function bands(phases: readonly TimedPhase[], axis: TimeAxis, height: number): readonly Markup[] {
  return phases.map(({ name, from, to }, at) => {
    const [start, end] = [axis.place(Date.parse(from)), axis.place(Date.parse(to))];
    const style = name === 'rollback' ? 'band back' : `band ${at % 2 === 0 ? 'even' : 'odd'}`;
    return html`<rect
        class="${style}"
        x="${share(start)}"
        width="${share(end - start)}"
        y="0"
        height="${height}"
        ><title>${name}</title></rect
      >${phaseLabel(name, start, end)}`;
  });
}

// The width of a page and of a phone, and of a letter, in pixels: roughly, and rather too narrow.
const [pageWidth, phoneWidth, letterWidth] = [720, 300, 6.2];

function phaseLabel(name: string, start: number, end: number): Markup | null {
  const needs = name.length * letterWidth + 6;
  if ((end - start) * pageWidth < needs) return null;
  const wide = (end - start) * phoneWidth < needs ? ' wide' : '';
  return html`<text class="phase${wide}" x="${share((start + end) / 2)}" y="12">${name}</text>`;
}

/** Labels below; every second one only where there is room. */
export function timeTicks(axis: TimeAxis, height: number): readonly Markup[] {
  return axis.ticks.map(({ atMs, label }: Tick, at) => {
    const place = axis.place(atMs);
    const anchor = place < 0.06 ? 'start' : place > 0.94 ? 'end' : 'middle';
    const wide = at % 2 === 1 ? ' wide' : '';
    return html`<line
        class="tick"
        x1="${share(place)}"
        x2="${share(place)}"
        y1="${height - bottom}"
        y2="${height - bottom + 4}"
      /><text class="time${wide}" text-anchor="${anchor}" x="${share(place)}" y="${height - 5}"
        >${label}</text
      >`;
  });
}

export const share = (of: number): string => `${Number((of * 100).toFixed(3))}%`;

const there = ({ value }: Sample): boolean => value !== null;

function drawn(
  { style, kind, samples, base }: Series,
  axis: TimeAxis,
  y: (value: number) => number,
): Content {
  const points = thinnedSeries(samples, mostPoints);
  const x = ({ atMs }: Sample): number => Number((axis.place(atMs) * stretched).toFixed(1));
  const height = ({ value }: Sample): number => y(value ?? 0);
  if (kind === 'bars')
    return points
      .filter(({ value }) => value !== null && value > 0)
      .map((it) => html`<path class="${style}" d="M${x(it)},${y(0)}V${height(it)}" />`);
  if (kind === 'area') {
    const floor = new Map(base?.map(({ atMs, value }) => [atMs, value]));
    const filled = area<Sample>()
      .defined(there)
      .x(x)
      .y0(({ atMs }) => y(floor.get(atMs) ?? 0))
      .y1(height);
    return html`<path class="${style}" d="${filled([...points]) ?? ''}" />`;
  }
  const path = line<Sample>().defined(there).x(x).y(height);
  if (kind === 'steps') path.curve(curveStepAfter);
  return html`<path class="${style}" d="${path([...points]) ?? ''}" />`;
}
