import type { TableSplit } from '../../splits.ts';
import { identifier, literal } from '../quote.ts';

export const sameKey = (left: string, right: string, key: TableSplit['key']): string =>
  key.map(({ name }) => `${left}.${identifier(name)} = ${right}.${identifier(name)}`).join(' AND ');

export const keyMoved = (key: TableSplit['key']): string =>
  key.map(({ name }) => `NEW.${identifier(name)} IS DISTINCT FROM OLD.${identifier(name)}`).join(' OR ');

/** For a note about one row: other triggers may write other rows before it is taken back. */
export const keyText = ({ migration, key }: Pick<TableSplit, 'migration' | 'key'>, row: string): string =>
  `pg_catalog.concat(${literal(`${migration} `)}, ROW(${key.map(({ name }) => `${row}.${identifier(name)}`).join(', ')}))`;

export const isOfKey = (setting: string, split: Pick<TableSplit, 'migration' | 'key'>, row: string): string =>
  `current_setting(${literal(setting)}, true) = ${keyText(split, row)}`;
