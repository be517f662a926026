import { describe, expect, test } from 'vitest';
import { InvalidConfig, parseConfig } from '../../infra/config.ts';

const none = (): undefined => undefined;
const context = (values: Readonly<Record<string, unknown>>) => (key: string) => values[key];
const secret = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop-AbCdEf';
const target = {
  name: 'shop',
  clusterIdentifier: 'orders-prod',
  secretArn: secret,
  database: 'shop',
  engine: 'aurora-postgresql',
};

const refusal = (file: unknown, values: Readonly<Record<string, unknown>> = {}): string => {
  try {
    parseConfig(file, context(values));
  } catch (error) {
    if (error instanceof InvalidConfig) return error.message;
    throw error;
  }
  return 'was taken';
};

describe('what is taken', () => {
  test('nothing at all: a template with placeholders', () => {
    const config = parseConfig(undefined, none);
    expect(config.name).toBe('underpin');
    expect(config.targets).toEqual([]);
    expect(config.limits.readErrorRate).toBe(0.005);
  });

  test('the database by the command line alone', () => {
    const config = parseConfig(undefined, context({ cluster: 'orders-prod', secret, database: 'shop' }));
    expect(config.targets).toEqual([target]);
  });

  test('the command line before the file', () => {
    const config = parseConfig(
      { name: 'filed', targets: [target] },
      context({ name: 'said', cluster: 'other' }),
    );
    expect(config.name).toBe('said');
    expect(config.targets).toEqual([{ ...target, clusterIdentifier: 'other' }]);
  });

  test('a limit of its own beside the standard ones', () => {
    const { limits } = parseConfig({ limits: { connections: 50 } }, none);
    expect(limits).toMatchObject({ connections: 50, loadPercent: 90 });
  });

  test.each([
    ['true', true],
    ['false', false],
    [true, true],
  ])('demo=%s', (said, is) => {
    expect(parseConfig(undefined, context({ demo: said })).demo).toBe(is);
  });
});

describe('what is refused, with the key and the remedy', () => {
  test.each([
    [{ databse: {} }, 'there is no key `databse`. Take it out'],
    [
      { targets: [{ ...target, secretArn: undefined }] },
      'targets.0.secretArn: the ARN is missing. Write it as',
    ],
    [
      { targets: [{ ...target, secretArn: secret.slice(0, -7) }] },
      "targets.0.secretArn: the secret's ARN must be complete",
    ],
    [
      { targets: [{ ...target, secretArn: 'shop' }] },
      'targets.0.secretArn: `shop` is not the ARN that belongs here',
    ],
    [
      { targets: [{ ...target, engine: 'mariadb' }] },
      'targets.0.engine: `mariadb` is not supported. Write `aurora-postgresql` or `aurora-mysql`',
    ],
    [
      { targets: [{ ...target, clusterIdentifier: 'a_b' }] },
      'targets.0.clusterIdentifier: `a_b` is not a cluster',
    ],
    [{ targets: 'shop' }, 'targets: '],
    [{ targets: [{ ...target, name: 'Shop' }] }, "targets.0.name: a target's name has 1 to 20"],
    [{ targets: [target, { ...target, database: 'other' }] }, 'targets: two targets have the same `name`'],
    [{ targets: [target, { ...target, name: 'other' }] }, 'targets: two targets are the same `database`'],
    [{ limits: { loadPercent: -1 } }, 'limits.loadPercent: write a number above 0'],
    [{ limits: { stalledSeconds: 3600 } }, 'limits.stalledSeconds: write at most 500'],
    [{ alarms: ['checkout'] }, 'alarms.0: `checkout` is not the ARN'],
    [{ notify: [{ protocol: 'pager', endpoint: 'x' }] }, 'notify.0.protocol: write `email`'],
    [{ name: 'Underpin!' }, 'name: write 2 to 24 small letters'],
    [{ demo: true, targets: [target] }, 'demo: it brings its own database'],
    [7, 'the file: '],
  ])('%j', (file, says) => {
    expect(refusal(file)).toContain(says);
  });

  test('one target by the command line beside several in the file', () => {
    const targets = [target, { ...target, name: 'other', database: 'other' }];
    expect(refusal({ targets }, { cluster: 'orders-test' })).toContain('the file has several targets');
  });

  test('demo=maybe', () => {
    expect(refusal(undefined, { demo: 'maybe' })).toContain('demo: write `true` or `false`');
  });

  test('every fault at once', () => {
    const lines = refusal({ name: 'X', alarms: ['y'] }).split('\n');
    expect(lines).toHaveLength(3);
  });
});
