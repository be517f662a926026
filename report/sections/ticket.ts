import { claimedName } from '../../engine/ledger/standing-order.ts';
import { section } from '../figures.ts';
import { html, type Content, type Markup } from '../markup.ts';
import type { Page } from '../page.ts';
import { duration, moment } from '../wording.ts';

/** What was to be changed, where, by whom, until when, and how it was set. */
export function ticketSection({ report }: Page): Markup {
  const { ticket, kind } = report;
  const lasted = duration(Date.parse(ticket.to) - Date.parse(ticket.from));
  return section(
    'ticket',
    'Change ticket',
    html`<dl>
      ${term('Goal', ticket.goal)} ${term('Ticket', ticket.ticket ?? 'none named')}
      ${term('Owner', ticket.owner ?? 'none named')} ${term('Deadline', ticket.deadline ?? 'none named')}
      ${term('Table', html`<code>${ticket.table}</code>`)}
      ${term('Change', html`${ticket.change.kind}${ticket.change.facts.map(({ name, value }) => html`<br /><span class="soft">${name}</span> <code>${value}</code>`)}`)}
      ${term('When', html`${moment(ticket.from)} to ${moment(ticket.to)} UTC <span class="soft">${lasted}</span>`)}
      ${term('Started by', startedBy(ticket.startedBy) ?? (kind === 'rehearsal' ? 'the rehearsal' : 'not recorded here; CloudTrail knows'))}
      ${term('Execution', html`<code class="long">${ticket.execution}</code>`)}
      ${ticket.settings.map(({ name, value }) => term(name, value))}
    </dl>`,
  );
}

const term = (name: string, value: Content): Markup =>
  html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div> `;

// The input of an execution is whatever its starter has written.
const startedBy = (by: string | null): string | null => (by === null ? null : claimedName(by));
