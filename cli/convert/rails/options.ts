import { NotRead, isHash, text, type RubyHash, type RubyValue } from './call.ts';

/** The options of a call. Each is taken once; what nobody took is not known here, and then nothing is written of the call. */
export class Options {
  private readonly left: Map<string, RubyValue>;

  constructor(options: RubyHash) {
    this.left = new Map(options);
  }

  /** Of an option that is `true`, or has options of its own. */
  static of(value: RubyValue | undefined): Options {
    return new Options(isHash(value) ? value : new Map());
  }

  has(key: string): boolean {
    return this.left.has(key);
  }

  take(key: string): RubyValue | undefined {
    const value = this.left.get(key);
    this.left.delete(key);
    return value;
  }

  takeFlag(key: string): boolean {
    const value = this.take(key) ?? false;
    if (typeof value === 'boolean') return value;
    throw new NotRead(`${key} is neither true nor false`);
  }

  takeText(key: string): string | undefined {
    const value = this.take(key) ?? undefined;
    return value === undefined ? undefined : text(value, key);
  }

  takeNumber(key: string): number | undefined {
    const value = this.take(key) ?? undefined;
    if (value === undefined || typeof value === 'number') return value;
    throw new NotRead(`${key} is no number`);
  }

  set(key: string, value: RubyValue): void {
    this.left.set(key, value);
  }

  /** Those of the columns of a list, for each of them. */
  copy(): Options {
    return new Options(this.left);
  }

  /** What PostgreSQL's adapter takes no notice of. */
  ignore(...keys: readonly string[]): void {
    for (const key of keys) this.left.delete(key);
  }

  /** What is left says the way back, or has no effect. */
  ignoreRest(): void {
    this.left.clear();
  }

  end(): void {
    const [key] = this.left.keys();
    if (key !== undefined) throw new NotRead(`what its option ${key} does is not known here`);
  }
}
