import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  type CompositeAlarm,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch';
import { GuardrailBreached } from '../../engine/database/errors.ts';
import { callAws } from './aws-errors.ts';
import { tracedClient } from './observed.ts';
import { once } from './once.ts';
import { guardrailsOf, perTarget } from './targets.ts';

/** The most names that DescribeAlarms takes, and the most alarms that it gives at once. */
const mostAtOnce = 100;

/** The alarms that roll back the migrations of a target. */
export class Guardrails {
  constructor(
    private readonly client: CloudWatchClient,
    private readonly alarm: string,
  ) {}

  /**
   * Raises GuardrailBreached when the composite alarm or one of the migration's own is on.
   * An alarm that cannot be read raises TransientAwsError or what CloudWatch raised: nothing goes on blind.
   */
  async ask(own: readonly string[] = []): Promise<void> {
    const names = [...new Set([this.alarm, ...own])];
    const found: (MetricAlarm | CompositeAlarm)[] = [];
    for (let at = 0; at < names.length; at += mostAtOnce)
      found.push(...(await callAws(this.describe(names.slice(at, at + mostAtOnce)))));
    const missing = names.filter((name) => !found.some(({ AlarmName }) => AlarmName === name));
    if (missing.length > 0)
      throw new GuardrailBreached(`alarms that guard this migration do not exist: ${missing.join(', ')}`);
    const on = found.filter(({ StateValue }) => StateValue === 'ALARM');
    if (on.length > 0)
      throw new GuardrailBreached(`alarm ${on.map(({ AlarmName }) => AlarmName).join(', ')} is on`);
  }

  private async describe(names: string[]): Promise<readonly (MetricAlarm | CompositeAlarm)[]> {
    const found: (MetricAlarm | CompositeAlarm)[] = [];
    let next: string | undefined;
    do {
      const { MetricAlarms, CompositeAlarms, NextToken } = await this.client.send(
        new DescribeAlarmsCommand({
          AlarmNames: names,
          AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
          MaxRecords: mostAtOnce,
          NextToken: next,
        }),
      );
      found.push(...(MetricAlarms ?? []), ...(CompositeAlarms ?? []));
      next = NextToken;
    } while (next !== undefined);
    return found;
  }
}

const client = once(() => tracedClient(new CloudWatchClient()));

export const guardrails = perTarget((target) => new Guardrails(client(), guardrailsOf(target)));
