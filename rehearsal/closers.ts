/** What was opened is closed newest first, once, all of it whatever fails, also when somebody presses Ctrl-C. */
export class Closers {
  private readonly closers: (() => Promise<unknown>)[] = [];
  private closing: Promise<void> | undefined;

  later(close: () => Promise<unknown>): void {
    this.closers.unshift(close);
  }

  async add<T extends { close(): Promise<unknown> }>(opening: Promise<T> | T): Promise<T> {
    const opened = await opening;
    this.later(() => opened.close());
    return opened;
  }

  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  private async closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.closers.splice(0)) await close().catch((failure) => failures.push(failure));
    if (failures.length > 0) throw new AggregateError(failures, 'not everything could be closed cleanly');
  }
}
