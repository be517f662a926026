import { setTimeout as sleep } from 'node:timers/promises';
import { compileEventPattern, type EventMatcher } from './event-pattern.ts';
import { compileTransformer, type InputTransformer } from './input-transformer.ts';

export type EventTarget = {
  /** Of a state machine: the only kind of target that is imitated. */
  readonly arn: string;
  /** JSON text given instead of the event. */
  readonly input?: string;
  readonly inputTransformer?: InputTransformer;
};

export type EventRule = {
  readonly name: string;
  readonly eventPattern: unknown;
  readonly targets: readonly EventTarget[];
};

export type EventBusOptions = {
  /** `input` is JSON text. */
  readonly startExecution: (stateMachineArn: string, input: string) => Promise<unknown>;
  /** Attempts for each delivery, the first included. Default 5; the wait between them doubles from 50 ms. */
  readonly attempts?: number;
};

export type EventBus = {
  /** A rule of the same name is replaced. @throws EventPatternError, or Error for a target that is not imitated */
  putRule(rule: EventRule): void;
  /** Resolves when every target of every rule that fits has taken it; rejects when one did not, after all attempts. */
  put(event: unknown): Promise<void>;
};

type Ready = {
  readonly matches: EventMatcher;
  readonly targets: readonly { readonly arn: string; readonly inputOf: (event: unknown) => string }[];
};

/** An EventBridge bus in process: rules that start state machines. */
export function createEventBus({ startExecution, attempts = 5 }: EventBusOptions): EventBus {
  const rules = new Map<string, Ready>();

  const deliver = async (arn: string, input: string): Promise<void> => {
    for (let attempt = 1; ; attempt++)
      try {
        await startExecution(arn, input);
        return;
      } catch (fault) {
        if (attempt >= attempts)
          throw new Error(`An event could not be delivered to ${arn} in ${attempts} attempts`, {
            cause: fault,
          });
        await sleep(50 * 2 ** (attempt - 1));
      }
  };

  return {
    putRule: ({ name, eventPattern, targets }) => {
      if (targets.length > 5) throw new Error(`Rule ${name} has more than 5 targets`);
      rules.set(name, { matches: compileEventPattern(eventPattern), targets: targets.map(ready) });
    },
    put: async (event) => {
      const fitting = [...rules.values()].filter((rule) => rule.matches(event));
      await Promise.all(
        fitting.flatMap((rule) => rule.targets.map(({ arn, inputOf }) => deliver(arn, inputOf(event)))),
      );
    },
  };
}

function ready({ arn, input, inputTransformer }: EventTarget): Ready['targets'][number] {
  if (!/^arn:aws:states:[^:]*:\d*:stateMachine:.+/.test(arn))
    throw new Error(`The rehearsal's event bus starts state machines only, not ${arn || 'nothing'}`);
  if (input !== undefined && inputTransformer !== undefined)
    throw new Error(`The target ${arn} has both input and inputTransformer`);
  if (inputTransformer !== undefined) return { arn, inputOf: compileTransformer(inputTransformer) };
  if (input !== undefined) JSON.parse(input);
  return { arn, inputOf: input === undefined ? (event) => JSON.stringify(event) : () => input };
}
