import { DescribeAlarmsCommand, type CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { GuardrailBreached } from '../../engine/errors.ts';

/** The alarms that roll a migration back. */
export class Guardrails {
  constructor(
    private readonly client: CloudWatchClient,
    private readonly alarm: string,
  ) {}

  /**
   * Raises GuardrailBreached when the composite alarm or one of the migration's own is on.
   * An alarm that cannot be read raises what CloudWatch raised: nothing goes on blind.
   */
  async ask(own: readonly string[] = []): Promise<void> {
    const names = [this.alarm, ...own];
    const { MetricAlarms = [], CompositeAlarms = [] } = await this.client.send(
      new DescribeAlarmsCommand({ AlarmNames: names, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
    );
    const found = [...MetricAlarms, ...CompositeAlarms];
    const missing = names.filter((name) => !found.some(({ AlarmName }) => AlarmName === name));
    if (missing.length > 0)
      throw new GuardrailBreached(`alarms that guard this migration do not exist: ${missing.join(', ')}`);
    const on = found.filter(({ StateValue }) => StateValue === 'ALARM');
    if (on.length > 0)
      throw new GuardrailBreached(`alarm ${on.map(({ AlarmName }) => AlarmName).join(', ')} is on`);
  }
}
