import { realClock, type Clock } from '../clock.ts';
import type { Faults } from '../faults.ts';
import { serveLocally } from '../local-server.ts';
import type { LocalRequest, LocalResponse } from '../local-request.ts';
import type { AlarmStateChange } from './alarm-event.ts';
import type { StateValue } from './alarm-input.ts';
import { alarmOperations } from './alarm-operations.ts';
import { AlarmStore, type AlarmAction } from './alarm-store.ts';
import { CloudWatchError } from './cloudwatch-error.ts';
import { describeOperations } from './describe-alarms.ts';
import { readEmbeddedMetrics } from './embedded-metrics.ts';
import { metricOperations } from './metric-operations.ts';
import { MetricStore } from './metric-store.ts';
import type { Operation } from './operation.ts';
import { readRequest, writeError, writeResponse, type Protocol } from './wire.ts';

export type CloudWatchOptions = {
  /** Real time, unless a test holds it: clients stamp their values with real time. */
  readonly clock?: Clock;
  /** Alarms are evaluated this often, and right after each PutMetricData. Default 250 ms. */
  readonly evaluateEveryMs?: number;
  /** Accepts alarms of 1 and 5 seconds, which AWS refuses. Default false. */
  readonly anyShortPeriod?: boolean;
  readonly faults?: Faults;
  readonly region?: string;
  readonly accountId?: string;
};

export type CloudWatch = {
  readonly endpoint: string;
  /** Called in the moment of the change with the event that EventBridge would deliver. */
  onStateChange(listener: (event: AlarmStateChange) => void): void;
  /** Called for each of an alarm's actions, such as an SNS topic. With no listener the history says they failed. */
  onAction(listener: (action: AlarmAction) => void): void;
  /**
   * For AppConfig's monitors: OK while an alarm's actions are disabled, since AppConfig then ignores it.
   *
   * @throws CloudWatchError for an ARN of no alarm
   */
  alarmState(alarmArn: string): StateValue;
  /**
   * Makes metrics of a line of a log that holds some, as CloudWatch Logs does.
   *
   * @throws EmbeddedMetricError for metrics that it would drop without a word
   */
  takeLogLine(line: string): void;
  close(): Promise<void>;
};

/** CloudWatch metrics and alarms for an unmodified client, by AWS JSON or RPC v2 CBOR. */
export async function startCloudWatch(options: CloudWatchOptions = {}): Promise<CloudWatch> {
  const { clock = realClock, evaluateEveryMs = 250, anyShortPeriod = false } = options;
  const { region = 'us-east-1', accountId = '123456789012', faults } = options;
  const metrics = new MetricStore();
  const alarms = new AlarmStore(clock, { region, accountId });
  const ofMetrics = metricOperations(metrics, clock, () => alarms.evaluateAll());
  const operations = new Map<string, Operation>(
    Object.entries({
      ...ofMetrics,
      ...alarmOperations(alarms, metrics, { clock, anyShortPeriod }),
      ...describeOperations(alarms),
    }),
  );
  const server = await serveLocally(
    (request) => answer(request, operations),
    faults && { service: 'cloudwatch', faults },
  );
  const closed = new AbortController();
  const ticking = tick(alarms, clock, evaluateEveryMs, closed.signal);
  return {
    endpoint: server.endpoint,
    onStateChange: (listener) => void alarms.listeners.stateChange.push(listener),
    onAction: (listener) => void alarms.listeners.action.push(listener),
    alarmState: (arn) => {
      const alarm = alarms.all().find((it) => it.arn === arn);
      if (alarm === undefined) throw new CloudWatchError('ResourceNotFound', `No alarm has the ARN ${arn}`);
      return alarm.actionsEnabled ? alarm.state.value : 'OK';
    },
    takeLogLine: (line) => {
      for (const { namespace, data } of readEmbeddedMetrics(line) ?? [])
        ofMetrics.PutMetricData({ Namespace: namespace, MetricData: data });
    },
    close: async () => {
      closed.abort();
      await ticking;
      await server.close();
    },
  };
}

async function tick(alarms: AlarmStore, clock: Clock, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(everyMs, signal).catch(() => undefined);
    if (!signal.aborted) alarms.evaluateAll();
  }
}

function answer(request: LocalRequest, operations: ReadonlyMap<string, Operation>): LocalResponse {
  let protocol: Protocol = 'json';
  try {
    const wire = readRequest(request);
    protocol = wire.protocol;
    const operation = operations.get(wire.operation);
    if (operation === undefined)
      throw new CloudWatchError(
        'UnknownOperationException',
        `The rehearsal's CloudWatch does not know ${wire.operation}`,
      );
    return writeResponse(protocol, operation(wire.input));
  } catch (fault) {
    if (fault instanceof CloudWatchError) return writeError(protocol, fault);
    throw fault;
  }
}
