/** The answer is no: everything is in order, and what was asked is not to be had. The message says why and what instead. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** A database or AWS does not answer, or does not let itself be asked. The message says what to do. */
export class CouldNotAsk extends Error {
  override readonly name = 'CouldNotAsk';
}

/** This deployment is not there, or is another version than this command line. The message says what to do. */
export class NotDeployed extends Error {
  override readonly name = 'NotDeployed';
}
