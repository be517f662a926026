import { html, Markup, type Content } from './markup.ts';
import type { Page } from './page.ts';
import { isMeasured, type Report } from './report.ts';
import { auditSection } from './sections/audit.ts';
import { backfillSection } from './sections/backfill.ts';
import { costSection } from './sections/cost.ts';
import { databaseSection } from './sections/database.ts';
import { evidenceSection } from './sections/evidence.ts';
import { latencySection } from './sections/latency.ts';
import { locksSection } from './sections/locks.ts';
import { readsSection } from './sections/reads.ts';
import { statementsSection } from './sections/statements.ts';
import { ticketSection } from './sections/ticket.ts';
import { timelineSection } from './sections/timeline.ts';
import { verificationSection } from './sections/verification.ts';
import { style } from './style.ts';
import { axisOf, momentOn } from './time-axis.ts';
import { dollars, duration, milliseconds, moment, whole } from './wording.ts';

/** In the order in which they stand on the page. */
const sections = [
  ticketSection,
  timelineSection,
  latencySection,
  readsSection,
  backfillSection,
  locksSection,
  databaseSection,
  verificationSection,
  evidenceSection,
  auditSection,
  costSection,
  statementsSection,
] as const;

// Nothing may be fetched or run: should an escape ever be forgotten, the browser still refuses.
const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const statusWords = {
  completed: 'Completed',
  'rolled-back': 'Rolled back',
  'needs-a-person': 'Needs a person',
} as const;

/** The report as one page: no script, nothing fetched, everything that people wrote escaped. */
export function reportPage(report: Report): string {
  const axis = axisOf(report);
  const startMs = Date.parse(report.ticket.from);
  const page: Page = { report, axis, when: (iso) => momentOn(axis, iso, startMs) };
  return html`${new Markup('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${report.migration}: ${statusWords[report.outcome.status].toLowerCase()}</title>
        <style>
          ${new Markup(style)}
        </style>
      </head>
      <body>
        <main>
          ${header(report)} ${keyNumbers(report)}
          ${report.warnings.length === 0 ? null : warnings(report.warnings)}
          ${sections.map((one) => one(page))}
        </main>
        <footer>
          <p>
            Times are ${axis.says === 'UTC' ? 'in UTC' : 'since the start of the execution'}. Made
            ${moment(report.madeAt)} UTC by Underpin, report version ${report.version}. The same as data is in
            the JSON beside this page.
          </p>
        </footer>
      </body>
    </html> `.text;
}

const header = ({ kind, migration, ticket, outcome }: Report): Markup =>
  html`<header>
    <p class="eyebrow">
      ${kind === 'rehearsal' ? 'Rehearsal' : 'Migration'} report
      <span class="status ${outcome.status}">${statusWords[outcome.status]}</span>
    </p>
    <h1>${ticket.goal}</h1>
    <p class="soft">
      <code>${migration}</code> on <code>${ticket.table}</code>
      <time>${moment(ticket.from).slice(0, 10)}</time>
    </p>
    <p class="lead">${outcome.sentence} ${outcome.noticed}</p>
    ${outcome.reason === null ? null : html`<p class="reason">${outcome.reason}</p>`}
  </header>`;

function keyNumbers(report: Report): Markup {
  const { users, verification, cost, ticket } = report;
  const lasted = Date.parse(ticket.to) - Date.parse(ticket.from);
  const compared = isMeasured(verification)
    ? verification.passes.findLast(({ kind, finished }) => kind !== 'repair' && finished)
    : undefined;
  const of = isMeasured(users) ? users.of : 'requests';
  return html`<ul class="numbers">
    ${big('took', duration(lasted))}
    ${big(`${of} failed`, isMeasured(users) ? html`${whole(users.failed)} <small>of ${whole(users.total)}</small>` : null)}
    ${big('writes lost', isMeasured(users) && users.lostWrites !== null ? whole(users.lostWrites) : null)}
    ${big(of === 'requests' ? 'p95 before and during' : 'p95, old and new path', p95(report))}
    ${lockNumber(report)}
    ${big('rows differ', compared === undefined ? null : html`${whole(compared.changed)} <small>of ${whole(compared.rows)}</small>`)}
    ${big('AWS bill', isMeasured(cost) ? dollars(cost.usd) : null)}
  </ul>`;
}

/** The waits where somebody timed them, else how many waited. */
const lockNumber = ({ lockWaits, blockedSessions }: Report): Markup =>
  !isMeasured(lockWaits) && isMeasured(blockedSessions)
    ? big('most sessions in a lock wait', whole(blockedSessions.most))
    : big('longest lock wait', isMeasured(lockWaits) ? milliseconds(lockWaits.longestMs) : null);

function p95({ users }: Report): Content {
  if (!isMeasured(users) || users.p95DuringMs === null) return null;
  const during = milliseconds(users.p95DuringMs);
  if (users.p95BeforeMs === null) return during;
  return html`<small>${milliseconds(users.p95BeforeMs)} →</small> ${during}`;
}

const big = (name: string, value: Content): Markup =>
  html`<li>
    <b>${value === null ? html`<span class="none">not measured</span>` : value}</b><span>${name}</span>
  </li> `;

const warnings = (all: readonly string[]): Markup =>
  html`<section id="warnings">
    <h2>Warnings</h2>
    <ul>
      ${all.map((warning) => html`<li>${warning}</li>`)}
    </ul>
  </section>`;
