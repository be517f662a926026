import type { CloudCall, Fault, FaultError, ServiceName } from '../../rehearsal/cloud/faults.ts';

/** What happens to one call, and to the client's own retries of it where the fault outlasts them. */
export const callFaults = {
  'network error': { lasts: true, of: () => ({ when: 'dropBefore' }) },
  throttled: { lasts: true, of: ({ service }) => ({ when: 'before', error: throttled[service] }) },
  '5xx': { lasts: true, of: ({ service }) => ({ when: 'before', error: broken(service) }) },
  'lost answer': { lasts: true, of: () => ({ when: 'dropAfterCommit' }) },
  late: { lasts: false, of: () => ({ when: 'late', ms: 1500 }) },
  twice: { lasts: false, of: () => ({ when: 'twice' }) },
} satisfies Record<string, { readonly lasts: boolean; readonly of: (call: CloudCall) => Fault }>;

export type CallFault = keyof typeof callFaults;

export const callFaultNames = [
  'network error',
  'throttled',
  '5xx',
  'lost answer',
  'late',
  'twice',
] as const satisfies readonly CallFault[];

/** What happens to one invocation of a function. A killed one has sent its first request, the others have done all. */
export const workerFaults = {
  killed: { lasts: false, kills: true, of: () => undefined },
  'out of time': {
    lasts: false,
    kills: false,
    of: () => ({ when: 'afterCommit', error: error(200, 'Sandbox.Timedout') }),
  },
  'out of memory': {
    lasts: false,
    kills: false,
    of: () => ({ when: 'afterCommit', error: error(200, 'Runtime.ExitError') }),
  },
  'no answer': {
    lasts: false,
    kills: false,
    of: () => ({ when: 'afterCommit', error: error(200, 'States.Timeout') }),
  },
} satisfies Record<
  string,
  { readonly lasts: boolean; readonly kills: boolean; readonly of: () => Fault | undefined }
>;

export type WorkerFault = keyof typeof workerFaults;

export const workerFaultNames = [
  'killed',
  'out of time',
  'out of memory',
  'no answer',
] as const satisfies readonly WorkerFault[];

const error = (status: number, name: string): FaultError => ({ status, name, message: 'Rate exceeded' });

/** In each service's own words. */
const throttled: Readonly<Record<ServiceName, FaultError>> = {
  appconfig: error(429, 'ThrottlingException'),
  cloudwatch: error(400, 'ThrottlingException'),
  dynamodb: error(400, 'ProvisionedThroughputExceededException'),
  lambda: error(429, 'Lambda.TooManyRequestsException'),
  'rds-data': error(400, 'ThrottlingException'),
  s3: error(503, 'SlowDown'),
  sfn: error(400, 'ThrottlingException'),
  sns: error(429, 'ThrottledException'),
};

const names: Readonly<Partial<Record<ServiceName, string>>> = {
  lambda: 'Lambda.ServiceException',
  'rds-data': 'InternalServerErrorException',
  dynamodb: 'InternalServerError',
  appconfig: 'InternalServerException',
};

const broken = (service: ServiceName): FaultError => ({
  status: 500,
  name: names[service] ?? 'InternalFailure',
  message: 'The request processing has failed because of an unknown error.',
});
