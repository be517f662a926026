// The entry of the traffic's own process. Does what the messages say, one traffic after the other; ends when whoever started
// it is gone.
import { TrafficGenerator } from './generator.ts';
import type { AnswerMessage, CommandMessage, CommandName, Commands } from './messages.ts';

let generator: TrafficGenerator | undefined;

type Doers = {
  readonly [Name in CommandName]: (argument: Commands[Name]['argument']) => Promise<Commands[Name]['answer']>;
};

const doers: Doers = {
  start: async (options) => {
    generator = await TrafficGenerator.start(options);
    return null;
  },
  setStage: async (stage) => {
    await started().setStage(stage);
    return null;
  },
  mark: (label) => {
    started().mark(label);
    return Promise.resolve(null);
  },
  relabel: (labels) => {
    started().relabel(labels);
    return Promise.resolve(null);
  },
  snapshot: () => Promise.resolve(started().snapshot()),
  pause: async () => {
    await started().pause();
    return null;
  },
  resume: () => {
    started().resume();
    return Promise.resolve(null);
  },
  checkWrites: (options) => started().checkWrites(options),
  finish: async () => {
    const finished = started();
    generator = undefined;
    return finished.finish();
  },
};

function started(): TrafficGenerator {
  if (generator === undefined) throw new Error('the traffic has ended, or has not started');
  return generator;
}

async function answer<Name extends CommandName>({
  id,
  command,
  argument,
}: CommandMessage<Name>): Promise<AnswerMessage> {
  try {
    return { id, answer: await doers[command](argument) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { id, error: { name, message } };
  }
}

process.on('message', (message: CommandMessage) => {
  void answer(message).then((reply) => process.send?.(reply));
});
// Ctrl-C reaches the whole group of processes: the rehearsal decides what it means, and this end follows.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());
