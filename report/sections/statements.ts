import { section } from '../figures.ts';
import { html, type Markup } from '../markup.ts';
import type { Page } from '../page.ts';
import type { PhaseStatements } from '../report.ts';

/** The SQL of each phase, as it was sent, with the lock that it takes. */
export function statementsSection(page: Page): Markup {
  const { statements } = page.report;
  return section(
    'statements',
    'The SQL that ran',
    statements.length === 0
      ? html`<p class="none">Not measured: no plan was made.</p>`
      : [
          html`<p class="soft on-paper">
            Folded away on paper; the page unfolds it, and the JSON beside it has it too.
          </p>`,
          ...statements.map((phase) => phaseSql(page, phase)),
        ],
  );
}

type Unit = PhaseStatements['units'][number];

const phaseSql = (page: Page, { phase, units, undo }: PhaseStatements): Markup =>
  html`<details class="sql">
    <summary>${phase} <span class="soft">${units.map(({ does }) => does).join('; ')}</span></summary>
    ${units.map((unit) => unitSql(page, unit))}
    ${undo === null ? null : html`<p class="soft">Undo: ${undo}</p>`}
  </details> `;

const unitSql = (page: Page, unit: Unit): Markup =>
  html`<h3>${unit.does}</h3>
    <p class="soft">${lockWords(unit)} ${stateWords(page, unit)}</p>
    ${unit.sql.map((sql) => html`<pre><code>${sql}</code></pre>`)}`;

const lockWords = ({ lock, kind }: Unit): string =>
  kind === 'batch'
    ? 'Locks the rows of one batch.'
    : lock === 'none'
      ? 'No lock on the table.'
      : `Lock: ${lock}${kind === 'online' ? ', beside the traffic' : ''}.`;

const stateWords = ({ when }: Page, { appliedAt, kind, stands }: Unit): string =>
  kind === 'batch'
    ? ''
    : appliedAt === null
      ? 'Not applied.'
      : `Applied ${when(appliedAt)}${stands ? '' : ', undone since'}.`;
