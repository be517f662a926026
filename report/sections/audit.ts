import { section, whereMeasured } from '../figures.ts';
import { html, type Markup } from '../markup.ts';
import type { Page } from '../page.ts';
import { plural } from '../wording.ts';

/** What the migration has left behind, and what is as it was to be. */
export function auditSection(page: Page): Markup {
  return section(
    'audit',
    'What is left over',
    whereMeasured(page.report.audit, ({ at, open, passed }) => [
      html`<p>
        ${open.length === 0 ? 'Nothing is left to do.' : `${plural(open.length, 'thing')} left to do.`}
        <span class="soft">Looked at ${page.when(at)}.</span>
      </p>`,
      html`<ul class="items">
        ${open.map(({ what, remedy }) => html`<li class="fail"><b>✗</b><span>${what}</span><span class="measured">${remedy}</span></li> `)}
        ${passed.map((said) => html`<li class="pass"><b>✓</b><span>${said}</span></li> `)}
      </ul>`,
    ]),
  );
}
