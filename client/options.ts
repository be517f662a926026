import { defaultLimits, type BreakerLimits } from './breaker.ts';
import { safely, writeOnStderr, type OnEvent } from './events.ts';
import { defaultNamespace } from './metric-names.ts';

export interface MetricOptions {
  /** Default `Underpin/Application`, where the stack's alarms look. */
  readonly namespace?: string;
  /** Between two reports. Default 10 s. */
  readonly flushMs?: number;
  /** 1: CloudWatch keeps the seconds. Default 60. */
  readonly resolution?: 1 | 60;
  /** Where a line of the embedded metric format goes. Default: stdout, which Lambda and the agents of ECS and EKS read. */
  readonly write?: (line: string) => void;
}

export interface CompareOptions {
  /** Of 1: 0.01 runs both paths for one read in a hundred. Default: what the flag says, from the migration's `reads.compare`. */
  readonly share?: number;
  /** `ramp` (default): only while the flag splits the keys, so that the old shape falls silent at 100 %. */
  readonly while?: 'ramp' | 'always';
}

export interface OnlyNewOptions {
  /** The flag's key: `MIGRATION_TARGET`, as in `rename-users-email_shop`. */
  readonly flag: string;
  /** `false`: publish nothing; then nothing guards these reads. */
  readonly metrics?: MetricOptions | false;
  /** Told what happens. Default: a line of JSON on stderr for each event. */
  readonly onEvent?: OnEvent;
}

export interface ReadSwitchOptions extends OnlyNewOptions {
  /**
   * The configuration at the AppConfig Agent. Default: application `underpin`, environment and profile named for the target, on
   * localhost at AWS_APPCONFIG_EXTENSION_HTTP_PORT or 2772.
   */
  readonly agent?: string;
  /** The agent's ACCESS_TOKEN, where it has one. */
  readonly token?: string;
  /** How often the agent is asked in the background. Default 5 s. */
  readonly refreshMs?: number;
  /** How long the agent may take to answer. Default 1 s; nobody waits for it. */
  readonly timeoutMs?: number;
  /** How long a read may wait for an answer that is not there yet. Default 0; where processes sleep (Lambda), 10 or so. */
  readonly waitMs?: number;
  /** After so long without an agent the old path is taken. Default: the last good answer holds for ever. */
  readonly trustMs?: number;
  /** The share of the reads that run both paths, of 1. Default: what the flag says, from the migration's `reads.compare`. */
  readonly compare?: number | CompareOptions;
  /** `false`: never leave the new path by itself. */
  readonly breaker?: Partial<BreakerLimits> | false;
  /** How long the second of two writes may keep its caller waiting. Default 1 s. */
  readonly otherWithinMs?: number;
}

export interface MetricSettings {
  readonly namespace: string;
  readonly flushMs: number;
  readonly resolution: 1 | 60;
  readonly write: (line: string) => void;
}

export interface Settings {
  readonly flag: string;
  readonly agent: string;
  readonly token: string | undefined;
  readonly refreshMs: number;
  readonly timeoutMs: number;
  readonly waitMs: number;
  readonly trustMs: number;
  /** `share` is undefined where the flag is to say it. */
  readonly compare: Required<Pick<CompareOptions, 'while'>> & { readonly share: number | undefined };
  readonly breaker: BreakerLimits | null;
  readonly otherWithinMs: number;
  readonly onEvent: OnEvent;
}

/** @throws TypeError that names the option and the remedy: a mistake at start, never while reading */
export function settingsOf(options: ReadSwitchOptions): Settings {
  const { compare = {}, breaker = {} } = options;
  const comparing = typeof compare === 'number' ? { share: compare } : compare;
  return {
    flag: flagOf(options),
    agent: agentUrl(options.agent, migrationOf(flagOf(options)).target),
    token: options.token,
    refreshMs: atLeast('refreshMs', options.refreshMs ?? 5000, 50),
    timeoutMs: atLeast('timeoutMs', options.timeoutMs ?? 1000, 1),
    waitMs: atLeast('waitMs', options.waitMs ?? 0, 0),
    trustMs: options.trustMs === undefined ? Infinity : atLeast('trustMs', options.trustMs, 1),
    compare: { while: comparing.while ?? 'ramp', share: shareOf('compare', comparing.share) },
    breaker: breaker === false ? null : { ...defaultLimits, ...breaker },
    otherWithinMs: atLeast('otherWithinMs', options.otherWithinMs ?? 1000, 1),
    onEvent: onEventOf(options),
  };
}

export const onEventOf = ({ onEvent }: OnlyNewOptions): OnEvent => safely(onEvent ?? writeOnStderr());

/** @throws TypeError */
export function flagOf({ flag }: OnlyNewOptions): string {
  if (!/^[a-z][a-z\d-]*_[a-z][a-z\d-]*$/u.test(flag))
    throw new TypeError(
      `flag "${flag}" is no key of a read flag: give MIGRATION_TARGET, such as rename-users-email_shop`,
    );
  return flag;
}

/** Neither name holds a `_`. */
export function migrationOf(flag: string): { readonly migration: string; readonly target: string } {
  const [migration = '', target = ''] = flag.split('_');
  return { migration, target };
}

/** @throws TypeError */
export function metricSettings(metrics: MetricOptions | false | undefined): MetricSettings | null {
  if (metrics === false) return null;
  const { namespace = defaultNamespace, flushMs = 10_000, resolution = 60, write = toStdout } = metrics ?? {};
  return { namespace, flushMs: atLeast('metrics.flushMs', flushMs, 50), resolution, write };
}

const toStdout = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function agentUrl(given: string | undefined, target: string): string {
  const port = process.env['AWS_APPCONFIG_EXTENSION_HTTP_PORT'] ?? '2772';
  const url =
    given ?? `http://localhost:${port}/applications/underpin/environments/${target}/configurations/${target}`;
  if (!URL.canParse(url) || new URL(url).protocol !== 'http:')
    throw new TypeError(
      `agent "${url}" is no http URL: give http://localhost:2772/applications/A/environments/E/configurations/P`,
    );
  return url;
}

// A longer timer of Node's fires at once.
const longestMs = 2 ** 31 - 1;

function atLeast(name: string, value: number, least: number): number {
  if (value >= least && value <= longestMs) return value;
  throw new TypeError(`${name} is ${value}: give milliseconds from ${least} to ${longestMs}`);
}

function shareOf(name: string, value: number | undefined): number | undefined {
  if (value !== undefined && !(value >= 0 && value <= 1))
    throw new TypeError(`${name} is ${value}: give a share from 0 to 1`);
  return value;
}
