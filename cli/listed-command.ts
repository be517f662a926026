import type { Command } from 'commander';
import type { Session } from './session.ts';

/** Gives a command its arguments, its options and its work. */
export type Registers = (command: Command, session: Session) => void;

/** A command as the overview of all lists it. The rest is loaded when it is asked for, so that the first word comes at once. */
export interface ListedCommand {
  /** Its name and what follows it, such as `plan [options] <paths...>`. */
  readonly usage: string;
  readonly does: string;
  readonly load: () => Promise<Registers>;
}

export const nameOf = ({ usage }: ListedCommand): string => usage.split(' ', 1)[0] ?? '';
