import type { KeyColumn } from '../inspector.ts';
import { keyText } from './key-text.ts';
import { identifier } from './quote.ts';

/** Of a key's column: its name, quoted, its number, from 1, and its type. */
type EachColumn = (name: string, n: number, type: string) => string;

/** How a walk writes the key that it goes by, of one column or of several. */
export class KeyWriter {
  constructor(private readonly key: readonly KeyColumn[]) {}

  get columns(): string {
    return this.list((name) => name);
  }

  list(each: EachColumn): string {
    return this.key.map(({ name, type }, at) => each(identifier(name), at + 1, type)).join(', ');
  }

  get isOfSeveral(): boolean {
    return this.key.length > 1;
  }

  /** What is compared with another key: one value, or a row of them. */
  asRow(each: EachColumn): string {
    return this.isOfSeveral ? `(${this.list(each)})` : this.list(each);
  }

  /** A JSON array of texts, as checkpoints keep it. */
  packedFrom(alias: string): string {
    return `jsonb_build_array(${this.list((name) => keyText(`${alias}.${name}`))})`;
  }

  unpacked(json: string): string {
    return this.asRow((_, n, type) => `(${json} ->> ${n - 1})::${type}`);
  }
}
