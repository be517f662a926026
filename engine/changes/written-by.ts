import * as z from 'zod';
import { choice } from '../spec/spec-fields.ts';
import type { Refusal, Subject } from './kind.ts';
import { missingKey } from './refusals.ts';

/** The key of the kinds whose two sides the application may write itself. */
export const dualWrite = z.exactOptional(
  choice(['triggers', 'application'], {
    is: '`triggers`, or left out: whichever side a writer sets, the other follows in the same transaction. `application`: no trigger is made, every version of the application writes both sides by the client, and what one of them lost is found and repaired by key.',
    example: 'application',
  }),
);

/** A column of a change, with its key of the spec. */
export interface DeclaredColumn {
  readonly name: string;
  readonly key: string;
}

export interface WrittenBy {
  readonly dualWrite?: 'triggers' | 'application' | undefined;
}

export const isApplications = (change: WrittenBy): boolean => change.dualWrite === 'application';

/** What forbids that nobody but the application keeps both sides equal: rows are found by a key that is no part of it. */
export function applicationRefusals(
  change: WrittenBy,
  old: readonly DeclaredColumn[],
  subject: Subject,
): readonly Refusal[] {
  if (!isApplications(change)) return [];
  const { table, catalog } = subject;
  const walkedBy = old.filter(({ name }) => catalog.key.some((column) => column.name === name));
  return [
    ...missingKey(subject),
    ...walkedBy.map(({ name, key }) => ({
      key,
      fact: `${table.name}.${name} belongs to the key by which rows are found, and an application that writes both sides one after the other would lose rows from it`,
      remedy: 'Leave `dualWrite` out: triggers write both sides at once.',
    })),
  ];
}

/** Rows that come with a partition are written by no version of the application. */
export const applicationWarnings = (
  change: WrittenBy,
  to: string,
  { table, catalog }: Subject,
): readonly string[] =>
  isApplications(change) && catalog.table.kind === 'partitioned'
    ? [
        `fill ${to} of a table before you attach it to ${table.schema}.${table.name} (ATTACH PARTITION): once ${to} is the truth, the migration goes back before it drops what the old column alone holds`,
      ]
    : [];
