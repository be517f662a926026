import type { TrafficSnapshot } from '../../rehearsal/traffic/measurements.ts';
import type { TrafficProgram } from '../../rehearsal/traffic/traffic.ts';

/** A rehearsal's traffic, whose last words are kept. */
export class WatchedTraffic implements TrafficProgram {
  last: Promise<TrafficSnapshot> | undefined;

  /** `marked` hears each label before the traffic does. */
  constructor(
    private readonly program: TrafficProgram,
    private readonly marked: (label: string) => Promise<void> = () => Promise.resolve(),
  ) {}

  async start(...given: Parameters<TrafficProgram['start']>): ReturnType<TrafficProgram['start']> {
    const traffic = await this.program.start(...given);
    return {
      ...traffic,
      mark: async (label) => {
        await this.marked(label);
        await traffic.mark(label);
      },
      close: async () => {
        this.last = traffic.finish();
        await traffic.close();
      },
    };
  }

  close(): Promise<void> {
    return this.program.close();
  }
}
