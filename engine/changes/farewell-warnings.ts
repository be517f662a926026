import type { Column } from '../catalog/catalog.ts';
import { bytesText, countText } from '../words/amounts.ts';
import { mustBeWritten, type DroppedColumn } from './drop-column-refusals.ts';
import type { Subject } from './kind.ts';

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
    `the contract drops the values of ${name} in ${rows}${size}; their space is free for new rows only as rows are written anew`,
    ...goesWith.map((what) => `the contract drops with it: ${what}`),
    ...catalog.mentions.map(
      ({ what }) =>
        `${what} mentions ${column.name}; should it mean ${name}, it fails from the quarantine on, and the contract gate stays shut until it names it no more`,
    ),
    ...(mustBeWritten(column, subject) && change.default === undefined
      ? [
          `readers of ${name} may meet NULL from expand on. With \`onRollback: remove\` NOT NULL comes back, which is refused while a row holds NULL; with \`default:\` no row ever does`,
        ]
      : []),
  ];
}

/** A restored snapshot is the only way back after the contract. */
export const snapshotAdvice =
  'after the contract only a backup has it: take a snapshot of the cluster (aws rds create-db-cluster-snapshot) before you approve the contract gate';
