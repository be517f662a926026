import { Stage } from './stage.ts';

/**
 * The stages of one kind: its paths are walked side by side, since they mostly wait, and each has a stage to itself.
 * A stage is opened when none is free. One on which a path failed is not used again: nobody stands on its leftovers.
 */
export class Stages {
  private readonly free: Stage[] = [];
  private readonly closing: Promise<void>[] = [];

  constructor(
    private readonly file: string,
    private readonly table: string,
  ) {}

  async walk(path: (stage: Stage) => Promise<void>): Promise<void> {
    const stage = this.free.pop() ?? (await Stage.open(this.file, this.table));
    try {
      await stage.reset();
      await path(stage);
      this.free.push(stage);
    } catch (error) {
      this.closing.push(stage.abandon());
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.closing, ...this.free.map((stage) => stage.close())]);
  }
}
