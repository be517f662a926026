import { dollarQuoted } from './quote.ts';

/** A statement that calls a function and gives nothing. */
export const performCall = (call: string, tag: string): string =>
  `DO ${dollarQuoted(`BEGIN\n  PERFORM ${call};\nEND`, tag)}`;
