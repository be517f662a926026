import { z } from 'zod';
import { targetName } from '../lambdas/runtime/target-name.ts';

const words = (what: string, example: string) =>
  z.string({ error: () => `${what} is missing or is not text. Write it as ${example}` });

const arn = (service: string, example: string) =>
  z
    .string({ error: () => `the ARN is missing. Write it as ${example}` })
    .regex(new RegExp(`^arn:[\\w-]+:${service}:`, 'u'), {
      error: ({ input }) => `\`${String(input)}\` is not the ARN that belongs here. Write it as ${example}`,
    });

const secretExample = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:underpin-AbCdEf';

const target = z.strictObject({
  /** By which people say it: `--target shop`. Never change it: what runs is found by it. */
  name: targetName,
  /** Of the Aurora cluster that exists already; the Data API must be enabled on it. */
  clusterIdentifier: words('the identifier of the Aurora cluster', '`orders-prod`').regex(
    /^[a-zA-Z][a-zA-Z0-9-]{0,62}$/u,
    {
      error: ({ input }) =>
        `\`${String(input)}\` is not a cluster identifier. Take it from \`aws rds describe-db-clusters\``,
    },
  ),
  /** Complete, with its six random letters: a policy on a shorter one would allow other secrets too. */
  secretArn: arn('secretsmanager', `\`${secretExample}\``).regex(/-[A-Za-z0-9]{6}$/u, {
    error: () =>
      `the secret's ARN must be complete, with its six last letters. Write it as \`${secretExample}\``,
  }),
  /** Of a key of your own, where the secret is encrypted by one. */
  secretKeyArn: arn('kms', '`arn:aws:kms:eu-central-1:111122223333:key/…`').optional(),
  /** The database in the cluster. */
  database: words('the name of the database', '`shop`').min(1).max(64),
  engine: z
    .enum(['aurora-postgresql', 'aurora-mysql'], {
      error: ({ input }) =>
        `\`${String(input)}\` is not supported. Write \`aurora-postgresql\` or \`aurora-mysql\``,
    })
    .default('aurora-postgresql'),
});

const above0 = (standard: number) =>
  z
    .number({ error: () => 'write a number above 0' })
    .positive('write a number above 0')
    .default(standard);

/** At which value each alarm goes on. But for `slowStatements`, each rolls back whatever migration is under way on its target. */
const limits = z.strictObject({
  replicaLagMs: above0(10_000),
  deadlocksPerSecond: above0(0.2),
  loadPercent: above0(90),
  commitLatencyMs: above0(100),
  connections: above0(900),
  blockedSessions: above0(50),
  /** Statements that have run for more than ten seconds, while rows are copied or compared. */
  slowStatements: above0(5),
  /** Of Aurora MySQL: versions of rows that no purge has taken away yet. */
  historyList: above0(1_000_000),
  /** A worker that finishes no statement for so long. */
  stalledSeconds: above0(480).refine((seconds) => seconds <= 500, {
    error: 'write at most 500: a worker is relieved after nine minutes, and the count begins anew',
  }),
  stubbornRows: above0(1000),
  /** Of the reads on the new path, 0 to 1. */
  readErrorRate: above0(0.005),
  /** p95 of the new path over that of the old. */
  readLatencyRatio: above0(1.1),
  /** Of the application's processes, those that left the new path by themselves, 0 to 1. */
  breakersOpen: above0(0.25),
});

// What is left of the 10,240 characters of a composite's rule beside our own alarms and the words between them.
const longestArns = 7000;

// All that functions know is 4 KB of environment.
export const mostTargets = 10;

type Target = z.infer<typeof target>;
const isDistinct =
  (by: (it: Target) => string) =>
  (targets: readonly Target[]): boolean =>
    new Set(targets.map(by)).size === targets.length;

const schema = z.strictObject({
  /** Begins the name of everything that people look for: machines, alarms, functions, the dashboard. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,23}$/u, {
      error: () => 'write 2 to 24 small letters, digits and hyphens, beginning with a letter',
    })
    .default('underpin'),
  /** Adds a small Aurora Serverless v2 cluster with the example table, for a first try. */
  demo: z.boolean({ error: () => 'write `true` or `false`' }).default(false),
  /** The databases that are migrated. */
  targets: z
    .array(target)
    .max(
      mostTargets,
      `a function knows at most ${mostTargets} targets. Deploy the others under another \`name\``,
    )
    .default([])
    .refine(
      isDistinct(({ name }) => name),
      { error: 'two targets have the same `name`' },
    )
    .refine(
      isDistinct(({ clusterIdentifier, database }) => `${clusterIdentifier} ${database}`),
      {
        error: 'two targets are the same `database` of the same cluster',
      },
    ),
  /** Who is notified of gates, rollbacks and alarms. */
  notify: z
    .array(
      z.strictObject({
        protocol: z.enum(['email', 'email-json', 'https', 'sqs', 'lambda', 'sms'], {
          error: () => 'write `email`, `email-json`, `https`, `sqs`, `lambda` or `sms`',
        }),
        endpoint: z.string().min(1, 'write an address, a URL or an ARN'),
      }),
    )
    .default([]),
  /** Where the application publishes how its reads fare. */
  applicationNamespace: z.string().min(1, 'write a CloudWatch namespace').default('Underpin/Application'),
  limits: limits.prefault({}),
  /** Whether a migration starts only when its pre-flight checklist is answered. */
  checklist: z
    .enum(['required', 'shown'], { error: () => 'write `required` or `shown`' })
    .default('required'),
  /** Alarms of your own that roll back too, whichever target. */
  alarms: z
    .array(arn('cloudwatch', '`arn:aws:cloudwatch:eu-central-1:111122223333:alarm:checkout-errors`'))
    .max(80, 'a composite alarm watches at most 100 alarms. Put yours under one composite and name that')
    .refine((arns) => arns.join('').length <= longestArns, {
      error:
        "their ARNs are too long together for a composite alarm's rule, which takes 10,240 characters. Put yours under one composite and name that",
    })
    .default([]),
  /** What the link in each alarm's description begins with. */
  runbook: z.string().min(1, 'write a URL').default('docs/runbook.md'),
});

/** What a user writes in `underpin.config.ts`. */
export type UnderpinConfig = z.input<typeof schema>;
export type Config = z.infer<typeof schema>;
export type TargetConfig = z.infer<typeof target>;
export type Limits = Config['limits'];

/** With the defaults of all that is not said. */
export const limitsOf = (given: Partial<Limits> = {}): Limits => limits.parse(given);

/** The configuration is wrong; the message names each key and its remedy. */
export class InvalidConfig extends Error {
  override readonly name = 'InvalidConfig';
}

/** Parses what the context and the configuration file say; the context wins. Raises InvalidConfig. */
export function parseConfig(
  file: unknown,
  context: (key: string) => unknown,
  source = 'underpin.config.ts',
): Config {
  const parsed = schema.safeParse(merged(file, context));
  if (parsed.success) return refuseBoth(parsed.data, source);
  const faults = parsed.error.issues.map((issue) => `  ${keyOf(issue.path)}: ${remedy(issue)}`);
  throw new InvalidConfig(`${source} or the context (\`-c\`) is not right:\n${faults.join('\n')}`);
}

function refuseBoth(config: Config, source: string): Config {
  if (config.demo && config.targets.length > 0)
    throw new InvalidConfig(
      `${source} or the context (\`-c\`) is not right:\n  demo: it brings its own database. Leave \`targets\` out, or \`demo\``,
    );
  return config;
}

const keyOf = (path: readonly PropertyKey[]): string => path.map(String).join('.') || 'the file';

function remedy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `there is no key ${issue.keys.map((key) => `\`${key}\``).join(', ')}. Take it out, or see docs/deploy.md for the right name`;
  return issue.message;
}

const record = z.record(z.string(), z.unknown());
// The command line knows only texts.
const flag = (value: unknown): unknown => (value === 'true' ? true : value === 'false' ? false : value);

// By `-c key=value`, the few that a first deployment needs.
const targetKeys = {
  target: 'name',
  cluster: 'clusterIdentifier',
  secret: 'secretArn',
  secretKey: 'secretKeyArn',
  database: 'database',
  engine: 'engine',
} as const;

function merged(file: unknown, context: (key: string) => unknown): unknown {
  const whole = record.safeParse(file ?? {});
  if (!whole.success) return file;
  const base = { ...whole.data };
  const given = Object.entries(targetKeys).flatMap(([key, name]) =>
    context(key) === undefined ? [] : [[name, context(key)] as const],
  );
  if (given.length > 0) base['targets'] = withGiven(base['targets'], Object.fromEntries(given));
  if (context('demo') !== undefined) base['demo'] = flag(context('demo'));
  if (context('name') !== undefined) base['name'] = context('name');
  return base;
}

/** The context speaks of one target: the only one of the file, or one that is not in it. Its database names it. */
function withGiven(written: unknown, given: Readonly<Record<string, unknown>>): unknown {
  const [only, another] = z.array(record).safeParse(written ?? []).data ?? [];
  if (another !== undefined)
    throw new InvalidConfig(
      'the file has several targets, and `-c` speaks of one. Write into the file what is to be different',
    );
  return [{ name: given['database'], ...only, ...given }];
}
