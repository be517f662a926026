import type { ExitCode } from './failure.ts';
import type { Screen } from './screen.ts';

/** What a command is given: where to answer, and the code to end with when it is not 0. */
export interface Session {
  readonly screen: Screen;
  /** The answer is no. The last call counts; a raised error brings its own code. */
  readonly end: (code: ExitCode) => void;
}
