import type { Mention, OfColumn } from '../catalog/dependent-objects.ts';

/** What something that holds a column's name as text has to do with the column, as far as it can be read. */
export function mentioning({ what, naming, column }: OfColumn<Mention>, of: string): string {
  if (naming === 'names') return `${what} names ${of}`;
  return naming === 'may name'
    ? `${what} may name ${of}, and cannot be read for sure`
    : `${what} mentions ${column}, and may mean ${of}`;
}
