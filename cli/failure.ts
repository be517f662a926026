import { InvalidSpec, type SpecProblem } from '../engine/database/errors.ts';

/**
 * 0 done; 1 the answer is no, or it failed; 2 the input is wrong, and its author has to change it; 3 the database has to
 * change first; 4 nobody could be asked; 130 interrupted. After 2 and 3 nothing was touched.
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 130;

export interface Failure {
  readonly code: ExitCode;
  readonly message: string;
  /** Nobody foresaw it: the trace may help, with `--debug`. */
  readonly unexpected: boolean;
}

// Their messages say the fact and the remedy already.
const known: ReadonlyMap<string, ExitCode> = new Map([
  ['UsageError', 2],
  ['InvalidSpec', 2],
  ['NotDeployed', 2],
  ['PreflightFailed', 3],
  ['CouldNotAsk', 4],
  ['Refused', 1],
]);

// Everything is as it should be, and it still did not happen.
const toTryAgain: ReadonlyMap<string, string> = new Map(
  Object.entries({
    TransientDatabaseError: 'Try again in a moment.',
    TransientAwsError: 'Try again in a moment.',
    LockNotAcquired: 'Somebody holds it. Try again in a moment.',
  }),
);

const noCredentials =
  'Sign in (`aws sso login`), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';
const oldCredentials = 'Sign in again (`aws sso login`).';

/** Errors of the AWS SDK that are about who asks and where, with what to do. */
const aboutCaller: ReadonlyMap<string, string> = new Map(
  Object.entries({
    CredentialsProviderError: noCredentials,
    TokenProviderError: oldCredentials,
    ExpiredToken: oldCredentials,
    ExpiredTokenException: oldCredentials,
    UnrecognizedClientException: 'The credentials belong to no account. Check AWS_PROFILE.',
    InvalidClientTokenId: 'The credentials belong to no account. Check AWS_PROFILE.',
    InvalidSignatureException: "Check the secret access key, and this machine's clock.",
    SignatureDoesNotMatch: "Check the secret access key, and this machine's clock.",
    AccessDenied:
      'Ask whoever runs the stack for its Operator policy, or Reader and Approver to decide (docs/deploy.md).',
    AccessDeniedException:
      'Ask whoever runs the stack for its Operator policy, or Reader and Approver to decide (docs/deploy.md).',
    ForbiddenException:
      'Ask whoever runs the stack for its Operator policy, or Reader and Approver to decide (docs/deploy.md).',
  }),
);

const networkCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT']);

/** What a person reads of an error, and the code to exit with. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { code: 1, message: String(error), unexpected: true };
  if (error instanceof InvalidSpec)
    return {
      code: error.problems.length > 0 && error.problems.every(isOfDatabase) ? 3 : 2,
      message: [error.message, ...rowsMeant(error)].join('\n'),
      unexpected: false,
    };
  const code = known.get(error.name);
  if (code !== undefined) return { code, message: error.message, unexpected: false };
  // What @inquirer/prompts raises on Ctrl-C.
  if (error.name === 'ExitPromptError') return { code: 130, message: 'Interrupted.', unexpected: false };
  const later = toTryAgain.get(error.name);
  if (later !== undefined) return { code: 4, message: sentences(error.message, later), unexpected: false };
  const remedy = remedyForCaller(error);
  if (remedy !== undefined)
    return { code: 4, message: sentences(`AWS: ${error.message}`, remedy), unexpected: false };
  if ('code' in error && networkCodes.has(String(error.code)))
    return {
      code: 4,
      message: sentences(`no connection (${String(error.code)})`, 'Check the address and the network.'),
      unexpected: false,
    };
  return { code: 1, message: `${error.name}: ${error.message}`, unexpected: true };
}

const isOfDatabase = ({ waitsFor }: SpecProblem): boolean => waitsFor === 'database';

/** Who plans at a terminal reads the rows anyway; no other message has their keys. */
const rowsMeant = ({ problems }: InvalidSpec): readonly string[] =>
  problems.flatMap(({ key, rows }) => {
    const keys = rows?.forTerminal() ?? [];
    return keys.length === 0
      ? []
      : [`  the first rows of ${key}, by key: ${keys.map((each) => `(${each})`).join(' ')}`];
  });

function remedyForCaller(error: Error): string | undefined {
  const remedy = aboutCaller.get(error.name);
  if (remedy !== undefined) return remedy;
  // The SDK has no name for it.
  return /region is missing/iu.test(error.message) ? 'Set AWS_REGION, or give --region.' : undefined;
}

const sentences = (fact: string, remedy: string): string =>
  `${fact.trim()}${/[.!?]$/u.test(fact.trim()) ? '' : '.'} ${remedy}`;
