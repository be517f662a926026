import type { CheckOptions, WritesChecked } from './check-writes.ts';
import type { TrafficSnapshot } from './measurements.ts';
import type { Stage } from './stages.ts';
import type { TrafficOptions } from './traffic-options.ts';

/** What may be asked of the traffic's process: the argument and the answer of each command. */
export interface Commands {
  readonly start: { readonly argument: TrafficOptions; readonly answer: null };
  readonly setStage: { readonly argument: Stage; readonly answer: null };
  readonly mark: { readonly argument: string; readonly answer: null };
  readonly relabel: {
    readonly argument: { readonly from: string; readonly to: string };
    readonly answer: null;
  };
  readonly snapshot: { readonly argument: null; readonly answer: TrafficSnapshot };
  readonly pause: { readonly argument: null; readonly answer: null };
  readonly resume: { readonly argument: null; readonly answer: null };
  readonly checkWrites: { readonly argument: CheckOptions; readonly answer: WritesChecked };
  readonly finish: { readonly argument: null; readonly answer: TrafficSnapshot };
}

export type CommandName = keyof Commands;

export interface CommandMessage<Name extends CommandName = CommandName> {
  readonly id: number;
  readonly command: Name;
  readonly argument: Commands[Name]['argument'];
}

export type AnswerMessage =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: { readonly name: string; readonly message: string } };
