import { Interrupted } from './part-lost.ts';

interface Closable {
  close(): Promise<unknown>;
}

/** What was opened is closed newest first, once, all of it whatever fails, also when somebody presses Ctrl-C. */
export class Closers {
  private readonly closers: (() => Promise<unknown>)[] = [];
  private readonly opening = new Set<Promise<unknown>>();
  private closing: Promise<void> | undefined;

  later(close: () => Promise<unknown>): void {
    this.closers.unshift(close);
  }

  /** Raises Interrupted, and closes it at once, when everything has been closed meanwhile. */
  async add<T extends Closable>(opening: Promise<T> | T): Promise<T> {
    const added = this.added(Promise.resolve(opening));
    this.opening.add(added);
    try {
      return await added;
    } finally {
      this.opening.delete(added);
    }
  }

  /** Waits for what is just being opened, too. */
  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  private async added<T extends Closable>(opening: Promise<T>): Promise<T> {
    const opened = await opening;
    if (this.closing) {
      await opened.close();
      throw new Interrupted();
    }
    this.later(() => opened.close());
    return opened;
  }

  private async closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.closers.splice(0)) await close().catch((failure) => failures.push(failure));
    // Whoever waits for one of these hears of it; here it only matters that it is over.
    await Promise.allSettled(this.opening);
    if (failures.length > 0) throw new AggregateError(failures, 'not everything could be closed cleanly');
  }
}
