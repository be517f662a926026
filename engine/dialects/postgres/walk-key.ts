import type { KeyColumn } from '../inspector.ts';
import { identifier } from './quote.ts';

/** How a walk writes the key that it goes by, of one column or of several. */
export class KeyWriter {
  protected readonly names: readonly string[];

  constructor(private readonly key: readonly KeyColumn[]) {
    this.names = key.map(({ name }) => identifier(name));
  }

  protected ordered(alias: string, order: 'ASC' | 'DESC'): string {
    return this.list((_, name) => `${alias}.${name}${order === 'DESC' ? ' DESC' : ''}`);
  }

  protected list(each: (column: KeyColumn, name: string, n: number) => string, asRow = false): string {
    const parts = this.key.map((column, at) => each(column, this.names[at] ?? '', at + 1));
    return asRow && parts.length > 1 ? `(${parts.join(', ')})` : parts.join(', ');
  }

  protected row(alias?: string): string {
    return this.list((_, name) => (alias ? `${alias}.${name}` : name), true);
  }

  /** The key as a JSON array of texts, as checkpoints keep it. */
  protected packed(from: string, prefix?: string): string {
    return `jsonb_build_array(${this.list((_, name, n) => (prefix ? `${prefix}_${n}::text` : `${from}.${name}::text`))})`;
  }

  protected unpacked(json: string, column: KeyColumn, n: number): string {
    return `(${json} ->> ${n - 1})::${column.type}`;
  }
}
