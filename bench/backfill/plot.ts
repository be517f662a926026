import { scaleLinear, scaleLog } from 'd3-scale';

export interface Bars {
  readonly title: string;
  readonly groups: readonly {
    readonly name: string;
    readonly bars: readonly { readonly label: string; readonly value: number }[];
  }[];
}

export interface Lines {
  readonly title: string;
  /** What stands under the x axis, and above the y axis. */
  readonly x: string;
  readonly y: string;
  /** Multiples of ten lie as far apart as the next ones. */
  readonly logarithmic?: readonly ('x' | 'y')[];
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly (readonly [x: number, y: number])[];
  }[];
}

const width = 760;
const colours = ['#2f6fd0', '#d8483e', '#3f8f4f', '#a66f00', '#9a4fb5', '#1d8a99', '#5b6470', '#c2468f'];
const ink = '#24292f';
const soft = '#d0d7de';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const text = (x: number, y: number, says: string, more = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${escaped(says)}</text>`;

const page = (height: number, title: string, marks: readonly string[]): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="${ink}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(12, 22, title, 'font-weight="600" font-size="14"'),
    ...marks,
    '</svg>',
    '',
  ].join('\n');

/** Of a logarithmic axis the powers of ten alone. */
const few = (values: readonly number[], logs: boolean): readonly number[] =>
  logs ? values.filter((value) => Number.isInteger(Math.round(Math.log10(value) * 1e6) / 1e6)) : values;

/** Groups of bars that lie, each with its value behind it; a line stands at 1. */
export function bars({ title, groups }: Bars): string {
  const [left, right, row, gap, top] = [270, 60, 18, 22, 40];
  const values = groups.flatMap((group) => group.bars.map(({ value }) => value));
  const most = Math.max(1, ...values.filter(Number.isFinite));
  const x = scaleLinear()
    .domain([0, most])
    .range([left, width - right]);
  const marks: string[] = [];
  let y = top;
  for (const [at, group] of groups.entries()) {
    marks.push(text(12, y + 13, group.name, 'font-weight="600"'));
    for (const { label, value } of group.bars) {
      const end = Number.isFinite(value) ? x(value) : left;
      marks.push(
        text(left - 8, y + 13, label, 'text-anchor="end"'),
        `<rect x="${left}" y="${y + 3}" width="${(end - left).toFixed(1)}" height="${row - 6}" fill="${colours[at % colours.length]}"/>`,
        text(end + 6, y + 13, value.toFixed(2), 'stroke="#ffffff" stroke-width="3" paint-order="stroke"'),
      );
      y += row;
    }
    y += gap;
  }
  const one = x(1).toFixed(1);
  const line = `<line x1="${one}" x2="${one}" y1="${top}" y2="${y - gap}" stroke="${ink}" stroke-dasharray="3 3"/>`;
  return page(y, title, [line, ...marks]);
}

/** Lines over a common axis, each named at its end. */
export function lines({ title, x: under, y: above, logarithmic = [], series }: Lines): string {
  const [left, right, top, bottom, height] = [70, 190, 60, 44, 340];
  const xs = series.flatMap(({ points }) => points.map(([value]) => value));
  const ys = series.flatMap(({ points }) => points.map(([, value]) => value));
  const scale = (axis: 'x' | 'y', values: readonly number[], range: readonly [number, number]) => {
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return logarithmic.includes(axis)
      ? scaleLog()
          .domain([Math.max(least, 1e-3), Math.max(most, 1e-2)])
          .range(range)
          .nice()
      : scaleLinear()
          .domain([0, Math.max(most, 1e-9)])
          .range(range)
          .nice();
  };
  const x = scale('x', xs, [left, width - right]);
  const y = scale('y', ys, [height - bottom, top]);
  const grid = few(y.ticks(5), logarithmic.includes('y')).map(
    (value) =>
      `<line x1="${left}" x2="${width - right}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}" stroke="${soft}"/>` +
      text(left - 8, y(value) + 4, value.toLocaleString('en-US'), 'text-anchor="end"'),
  );
  const below = few(x.ticks(6), logarithmic.includes('x')).map((value) =>
    text(x(value), height - bottom + 18, value.toLocaleString('en-US'), 'text-anchor="middle"'),
  );
  // Names at the ends of lines keep clear of each other, topmost first.
  const ends = series
    .map(({ points }, at) => ({
      at,
      y: y(Math.max(points.at(-1)?.[1] ?? 0, logarithmic.includes('y') ? 1e-3 : 0)),
    }))
    .toSorted((a, b) => a.y - b.y);
  for (const [n, end] of ends.entries()) end.y = Math.max(end.y, (ends[n - 1]?.y ?? -Infinity) + 14);
  const drawn = series.map(({ points }, at) => {
    const colour = colours[at % colours.length] ?? ink;
    const path = points.map(([px, py]) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`).join(' ');
    const dots =
      points.length > 12
        ? []
        : points.map(
            ([px, py]) =>
              `<circle cx="${x(px).toFixed(1)}" cy="${y(py).toFixed(1)}" r="3" fill="${colour}"/>`,
          );
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}`;
  });
  const names = ends.map(({ at, y: place }) =>
    text(width - right + 8, place + 4, series[at]?.name ?? '', `fill="${colours[at % colours.length]}"`),
  );
  return page(height, title, [
    ...grid,
    ...below,
    text((left + width - right) / 2, height - 8, under, 'text-anchor="middle"'),
    text(12, 46, above),
    ...drawn,
    ...names,
  ]);
}
