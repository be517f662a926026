import type { Json } from '../json.ts';
import type { ExecutionServices } from '../run.ts';
import type { ArgumentProblem } from './casing.ts';

/** Something that a Task can do. */
export interface Integration {
  /** As events name them: `lambda` and `invoke.waitForTaskToken`. */
  readonly resourceType: string;
  readonly resource: string;
  /** When the task is done: with the answer, with somebody's word, or with the job that was started. */
  readonly pattern: 'response' | 'token' | 'sync';
  /** What is wrong with the Arguments, before their expressions are known. */
  problems(template: Json): Promise<readonly ArgumentProblem[]>;
  /** @param state whose call it is @throws StateFailure */
  call(args: Json, surroundings: ExecutionServices, state: string): Promise<Json>;
  /**
   * Waits for the job that `call` started.
   *
   * @param abandoned fires when nobody waits any longer: the job is then stopped
   */
  follow?(response: Json, surroundings: ExecutionServices, abandoned: AbortSignal): Promise<Json>;
}
