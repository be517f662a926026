import { section, table, whereMeasured } from '../figures.ts';
import { html, type Markup } from '../markup.ts';
import type { Page } from '../page.ts';
import { dollars, number } from '../wording.ts';

/** What AWS asks for it at list prices. */
export function costSection(page: Page): Markup {
  const { report } = page;
  return section(
    'cost',
    'Cost',
    whereMeasured(report.cost, ({ usd, items, counts, notes }) => [
      html`<p>
        ${dollars(usd)} ${report.kind === 'rehearsal' ? 'would have been' : 'is'} the bill of this execution,
        at list prices without a free tier.
      </p>`,
      table(
        ['What', 'Quantity', 'USD'],
        'lrr',
        items.map((item) => [item.what, number(item.quantity), dollars(item.usd)]),
      ),
      counts.length === 0
        ? null
        : html`<dl class="counts">
            ${counts.map(
              ({ name, value }) =>
                html`<div>
                  <dt>${name}</dt>
                  <dd>${value}</dd>
                </div>`,
            )}
          </dl>`,
      notes.map((note) => html`<p class="soft">${note}</p>`),
    ]),
  );
}
