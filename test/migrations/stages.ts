import { Stage } from './stage.ts';
import { WarmCloud } from './warm-cloud.ts';

/** As many paths as a worker walks side by side (`maxConcurrency`). */
const sideBySide = 4;

/**
 * The stages of one kind: its paths are walked side by side, since they mostly wait, and each has a stage to itself.
 * One on which a path failed is not used again: nobody stands on its leftovers. Where none is left, another cloud starts.
 */
export class Stages {
  private readonly free: Stage[] = [];
  private readonly clouds: WarmCloud[] = [];
  private starting: Promise<void> | undefined;

  constructor(
    private readonly file: string,
    private readonly table: string,
    private readonly targetCount = sideBySide,
  ) {}

  async walk(path: (stage: Stage) => Promise<void>): Promise<void> {
    const stage = await this.take();
    try {
      await stage.reset();
      await path(stage);
      this.free.push(stage);
    } catch (error) {
      await stage.abandon();
      throw error;
    }
  }

  async close(): Promise<void> {
    try {
      for (const stage of this.free) await stage.close();
    } finally {
      for (const cloud of this.clouds) await cloud.close();
    }
  }

  private async take(): Promise<Stage> {
    for (;;) {
      const stage = this.free.pop();
      if (stage) return stage;
      this.starting ??= this.startCloud().finally(() => (this.starting = undefined));
      await this.starting;
    }
  }

  private async startCloud(): Promise<void> {
    const warm = await WarmCloud.start(this.file, this.targetCount);
    this.clouds.push(warm);
    this.free.push(...warm.targets.map((target) => new Stage(this.file, this.table, warm, target)));
  }
}
