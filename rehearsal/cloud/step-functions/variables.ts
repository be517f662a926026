import { StateFailure } from './failure.ts';
import { byteLength, type Json, type JsonObject } from './json.ts';
import { ALL_VARIABLES_BYTES, PAYLOAD_BYTES } from './limits.ts';

/** How many bytes all scopes of one execution hold together. */
interface Budget {
  used: number;
}

/** The variables of one scope. It reads the scopes around it and writes its own. */
export class Variables {
  readonly #own = new Map<string, Json>();
  readonly #outer: Variables | undefined;
  readonly #budget: Budget;

  constructor(outer?: Variables) {
    this.#outer = outer;
    this.#budget = outer === undefined ? { used: 0 } : outer.#budget;
  }

  /** Everything visible here. Values never change in place, so a snapshot is what a state saw at entry. */
  snapshot(): JsonObject {
    return { ...this.#outer?.snapshot(), ...Object.fromEntries(this.#own) };
  }

  /** Assigns all or nothing. @throws StateFailure States.DataLimitExceeded */
  assign(values: JsonObject, state: string): void {
    const entries = Object.entries(values);
    const tooLarge = entries.find(([, value]) => byteLength(value) > PAYLOAD_BYTES);
    if (tooLarge !== undefined) refuse(state, `The variable '${tooLarge[0]}' is larger than 256 KiB.`);
    const sizes = entries.map(([, value]) => byteLength(value));
    if (sum(sizes) > PAYLOAD_BYTES)
      refuse(state, 'The variables of one Assign are larger than 256 KiB together.');
    const growth = sum(sizes) - sum(entries.map(([name]) => this.#sizeOf(name)));
    if (this.#budget.used + growth > ALL_VARIABLES_BYTES) {
      refuse(state, 'The variables of the execution are larger than 10 MiB together.');
    }
    this.#budget.used += growth;
    for (const [name, value] of entries) this.#own.set(name, value);
  }

  /** The scope is over: what it held no longer counts. */
  discard(): void {
    for (const name of this.#own.keys()) this.#budget.used -= this.#sizeOf(name);
    this.#own.clear();
  }

  #sizeOf(name: string): number {
    const value = this.#own.get(name);
    return value === undefined ? 0 : byteLength(value);
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

function refuse(state: string, what: string): never {
  throw new StateFailure(
    'States.DataLimitExceeded',
    `An error occurred while executing the state '${state}'. ${what}`,
  );
}
