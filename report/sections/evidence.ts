import { verdictMarks } from '../../engine/evidence/verdict.ts';
import { section, whereMeasured } from '../figures.ts';
import { html, type Markup } from '../markup.ts';
import type { Page } from '../page.ts';
import type { Decision, GateEvidence } from '../report.ts';

/** What people were shown at each gate, and what they said. */
export function evidenceSection(page: Page): Markup {
  return section(
    'evidence',
    'Evidence and decisions',
    whereMeasured(page.report.evidence, ({ gates }) =>
      gates.length === 0
        ? html`<p class="none">Not measured: the ledger has no evidence of a gate.</p>`
        : gates.map((gate) => gateCard(page, gate)),
    ),
  );
}

const gateCard = (page: Page, { gate, collectedAt, hash, open, items, decision }: GateEvidence): Markup =>
  html`<article class="gate ${open ? 'open' : 'shut'}">
    <h3>
      Gate ${gate} <span class="soft">${open ? 'complete' : 'incomplete'}, ${page.when(collectedAt)}</span>
    </h3>
    <ul class="items">
      ${items.map(({ what, measured, verdict }) => html`<li class="${verdict}"><b>${verdictMarks[verdict]}</b><span>${what}</span><span class="measured">${measured}</span></li> `)}
    </ul>
    ${decision === null ? html`<p>No decision followed.</p>` : decided(page, decision, hash)}
    ${hash === null ? null : html`<p class="soft">SHA-256 <code class="long">${hash}</code></p>`}
  </article> `;

const decided = (
  page: Page,
  { decision, reason, by, at, evidence, override, overtakenBy }: Decision,
  shown: string | null,
): Markup =>
  html`<p>
    <strong>${decision === 'approve' ? 'Approved' : 'Rejected'}</strong
    >${override ? html` <strong class="override">against the evidence</strong>` : null}${overtakenBy === null ? null : html` <strong class="override">too late</strong> (${overtakenBy})`}
    ${page.when(at)}${by === null ? null : html` by <code class="long">${by}</code>`}:
    ${reason}${evidence === null || evidence === shown ? null : html` <span class="soft">for other evidence <code class="long">${evidence}</code></span>`}
  </p>`;
