import type { Column } from '../catalog/catalog.ts';
import { bytesText, countText } from '../words/amounts.ts';
import { mustBeWritten, type DroppedColumn } from './drop-column-refusals.ts';
import type { Subject } from './kind.ts';
import { mentioning } from './mentioning.ts';

/** What a reviewer must know of a column that goes: how much it holds, what goes with it, what may still mean it. */
export function dropColumnWarnings(
  column: Column,
  change: DroppedColumn,
  subject: Subject,
): readonly string[] {
  const { table, catalog } = subject;
  const name = `${table.name}.${column.name}`;
  const { goesWith = [], bytes = null } = catalog.leaving ?? {};
  const rows = catalog.table.rows < 0 ? 'every row' : `about ${countText(catalog.table.rows)} rows`;
  const size = bytes === null ? '' : `, about ${bytesText(bytes)}`;
  return [
    `the contract drops the values of ${name} in ${rows}${size}; their space is free for new rows only as rows are rewritten`,
    ...goesWith.map(goes),
    ...catalog.mentions.map(
      (each) =>
        `${mentioning(each, name)}: it fails from the quarantine on, and the contract gate stays shut until it names it no more`,
    ),
    ...(mustBeWritten(column, subject) && change.default === undefined
      ? [
          `readers of ${name} may meet NULL from expand on. With \`onRollback: remove\` NOT NULL comes back, which is refused while a row holds NULL; with \`default:\` no row ever does`,
        ]
      : []),
  ];
}

/** What a reviewer must know of a table that goes: how much it holds, what goes with it, what may still mean it. */
export function dropTableWarnings({ table, catalog }: Subject): readonly string[] {
  const name = `${table.schema}.${table.name}`;
  const { hanging = [], mentions = [] } = catalog.whole ?? {};
  const rows = catalog.table.rows < 0 ? 'all rows' : `about ${countText(catalog.table.rows)} rows`;
  return [
    `the contract drops ${rows} of ${name}, ${bytesText(catalog.table.bytes)}; their space is given back at once`,
    ...hanging.flatMap(({ kind, what, table: other }) => {
      if (kind === 'publication')
        return [
          `${what} publishes ${name}: the quarantine and the contract are not replicated to its subscribers. Take the table out of it first, and drop it there`,
        ];
      if (kind === 'own key')
        return [goes(`${what}; that locks ${other ?? 'its table'} too, for milliseconds`)];
      return kind.startsWith('own ') ? [goes(what)] : [];
    }),
    ...mentions.map(
      (what) =>
        `${what} mentions ${table.name}; should it mean ${name}, it fails from the quarantine on, and the contract gate stays shut until it names it no more`,
    ),
  ];
}

const goes = (what: string): string => `the contract drops with it: ${what}`;

/** A restored snapshot is the only way back after the contract. */
export const snapshotAdvice =
  'after the contract only a backup has it: take a snapshot of the cluster (aws rds create-db-cluster-snapshot) before you approve the contract gate';
