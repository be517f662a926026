import { html, type Content, type Markup } from './markup.ts';
import { isMeasured, type NotMeasured } from './report.ts';

/** A section of the page: every one is there, also where nothing was measured. */
export const section = (id: string, title: string, ...content: readonly Content[]): Markup =>
  html`<section id="${id}">
    <h2>${title}</h2>
    ${content}
  </section> `;

/** What was measured, or why it was not. */
export function whereMeasured<T extends object>(
  part: T | NotMeasured,
  show: (part: Exclude<T, NotMeasured>) => Content,
): Content {
  if ('notMeasured' in part) return html`<p class="none">Not measured: ${part.notMeasured}.</p>`;
  return isMeasured(part) ? show(part) : null;
}

/** `align`: one letter a column, `l` or `r`. The first column heads its row. */
export function table(
  head: readonly string[],
  align: string,
  rows: readonly (readonly Content[])[],
  caption?: string,
): Markup {
  const side = (at: number): string => (align[at] === 'r' ? 'r' : 'l');
  return html`<div class="scroll">
    <table>
      ${
        caption === undefined
          ? null
          : html`<caption>
              ${caption}
            </caption>`
      }
      <thead>
        <tr>
          ${head.map((cell, at) => html`<th scope="col" class="${side(at)}">${cell}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, at) => (at === 0 ? html`<th scope="row" class="${side(at)}">${cell}</th>` : html`<td class="${side(at)}">${cell}</td>`))}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

/** The numbers behind a chart, folded away. */
export const figures = (content: Markup): Markup =>
  html`<details class="figures">
    <summary>The figures</summary>
    ${content}
  </details>`;

export interface KeyEntry {
  readonly style: string;
  readonly says: string;
}

export const key = (entries: readonly KeyEntry[]): Markup =>
  html`<p class="key">
    ${entries.map(({ style, says }) => html`<span><i class="${style}"></i>${says}</span> `)}
  </p>`;

// A table longer than this is not read.
const mostRows = 48;

/**
 * Points gathered into few enough stretches for a table; each row is what `gather` makes of its points, so that the
 * caller says whether the highest, the sum or the latest counts.
 */
export function gatheredRows<P extends { readonly at: string }>(
  points: readonly P[],
  gather: (points: readonly P[]) => readonly Content[],
): readonly (readonly Content[])[] {
  const size = Math.max(1, Math.ceil(points.length / mostRows));
  return Array.from({ length: Math.ceil(points.length / size) }, (_, at) =>
    gather(points.slice(at * size, (at + 1) * size)),
  );
}

/** The highest of the values that are there; null where none is. */
export const highest = (values: readonly (number | null)[]): number | null =>
  values.reduce((most, value) => (value !== null && (most === null || value > most) ? value : most), null);

export const total = (values: readonly (number | null)[]): number =>
  values.reduce<number>((sum, value) => sum + (value ?? 0), 0);

export const orDash = (value: number | null, write: (value: number) => string): string =>
  value === null ? '\u2013' : write(value);
