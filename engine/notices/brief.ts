import * as z from 'zod';
import type { Settings } from '../plan/settings.ts';
import type { ActionForPeople, DeploymentLinks, Section } from './notice.ts';
import { noticeSection } from './wording.ts';

/** What of a migration's file its notices say: whose it is, and where it is watched. */
export const brief = z
  .object({
    table: z.string(),
    owner: z.string().nullable(),
    ticket: z.string().nullable(),
    /** Who is to be notified, as the author wrote it. */
    notify: z.array(z.string()),
    dashboards: z.array(z.string()),
  })
  .readonly();
export type Brief = z.infer<typeof brief>;

export const briefOf = ({
  table,
  owner,
  ticket,
  checklist,
}: Pick<Settings, 'table' | 'owner' | 'ticket' | 'checklist'>): Brief => ({
  table: `${table.schema}.${table.name}`,
  owner: owner ?? null,
  ticket: ticket ?? null,
  notify: [...(checklist.notify ?? [])],
  dashboards: [...(checklist.dashboards ?? [])],
});

/** Null: it was not planned, so nobody knows more of it than its name. */
export function briefSection(of: Brief | null, { cluster, database }: DeploymentLinks): Section {
  const rows: readonly (readonly [string, string | null | undefined])[] = [
    ['table', of?.table],
    ['database', `${database} on cluster ${cluster}`],
    ['owner', of?.owner],
    ['ticket', of?.ticket],
    ['notify', of?.notify.join(', ')],
  ];
  return noticeSection(
    'Migration',
    rows.flatMap(([name, value]) => (value ? [`${name}: ${value}`] : [])),
  );
}

/** A dashboard is written as its author names it: a link, or words. */
export const dashboardsOf = (of: Brief | null): readonly ActionForPeople[] =>
  (of?.dashboards ?? []).map((dashboard) => ({ what: 'Watch', link: dashboard }));
