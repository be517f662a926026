import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const folder = resolve('lambdas');
const servicePrefix: Readonly<Record<string, string>> = {
  '@aws-sdk/client-rds-data': 'rds-data',
  '@aws-sdk/client-appconfig': 'appconfig',
  '@aws-sdk/client-cloudwatch': 'cloudwatch',
  '@aws-sdk/client-dynamodb': 'dynamodb',
  '@aws-sdk/client-sfn': 'states',
  '@aws-sdk/client-sns': 'sns',
  '@aws-sdk/client-s3': 's3',
};

/** The tools of a task that call AWS, by the name under which a handler holds them, and the file of their class. */
const tools: Readonly<Record<string, string>> = {
  readFlag: 'runtime/read-flag.ts',
  guardrails: 'runtime/guardrails.ts',
  gates: 'runtime/gates.ts',
  holds: 'runtime/holds.ts',
  openHolds: 'runtime/open-holds.ts',
  metricHistory: 'runtime/metric-history.ts',
  people: 'runtime/people.ts',
  executionHistory: 'runtime/execution-history.ts',
  breaches: 'runtime/breaches.ts',
  alarmHistories: 'runtime/alarm-history.ts',
  reportBucket: 'runtime/report-bucket.ts',
};

/** How the database is reached. */
const databaseFile = 'runtime/database.ts';

/**
 * The IAM actions that a handler's code can ask for, read from the code itself: which tools it imports, which of their
 * methods the handler and what it imports call, which of their own methods those call, and which SDK commands stand in
 * them. It relies on the formatter's indentation of methods.
 */
export function actionsOf(handlerFile: string): ReadonlySet<string> {
  const files = closure(join(folder, handlerFile));
  // Where a thing is imported from says nothing of what is called.
  const text = [...files].map((file) => codeOf(file).replaceAll(/ from '[^']+'/gu, '')).join('\n');
  const actions = new Set<string>();
  for (const [tool, file] of Object.entries(tools))
    if (files.has(join(folder, file)))
      for (const [, method = ''] of text.matchAll(new RegExp(`\\b${tool}(?:\\(\\))?\\.(\\w+)\\(`, 'gu')))
        for (const action of actionsOfMethod(join(folder, file), method)) actions.add(action);
  if (files.has(join(folder, databaseFile))) {
    actions.add('rds-data:ExecuteStatement');
    // The Data API reads the secret in the caller's name.
    actions.add('secretsmanager:GetSecretValue');
  }
  // Trials of what an author wrote are bounded by a transaction's own limit.
  if (
    [...files].some((file) => /^import (?!type\b)[^;]*? from '[^']*engine\/compile\.ts'/mu.test(codeOf(file)))
  )
    for (const action of ['BeginTransaction', 'CommitTransaction', 'RollbackTransaction'])
      actions.add(`rds-data:${action}`);
  return actions;
}

/** The services whose clients a handler's bundle holds, by their IAM prefixes. */
export function servicesOf(handlerFile: string): ReadonlySet<string> {
  const sources = [...closure(join(folder, handlerFile))].map(codeOf);
  const packages = sources.flatMap((source) =>
    [...source.matchAll(/^import (?!type\b)[^;]*? from '(@aws-sdk\/[^']+)'/gmu)].map(([, from = '']) => from),
  );
  return new Set(packages.map(prefixOf));
}

function prefixOf(from: string): string {
  const service = servicePrefix[from];
  if (service === undefined) throw new Error(`no IAM prefix is known for ${from}`);
  return service;
}

/** What a file does, without what it says of itself. */
const codeOf = (file: string): string =>
  readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gmu, '');

/** A handler and all of ours that it imports for more than its types: what its bundle holds. */
function closure(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file) || !file.startsWith(folder)) return seen;
  seen.add(file);
  for (const [, path = ''] of codeOf(file).matchAll(
    /^(?:import|export) (?!type\b)[^;]*? from '(\.[^']+)'/gmu,
  ))
    closure(resolve(dirname(file), path), seen);
  return seen;
}

function actionsOfMethod(file: string, method: string): ReadonlySet<string> {
  const actions = new Set<string>();
  const source = codeOf(file);
  const methods = methodsOf(source);
  const clients = commandsOf(source);
  const parts = partsOf(file, source);
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const body = methods.get(name);
    if (body === undefined || seen.has(name)) return;
    seen.add(name);
    for (const [, command = ''] of body.matchAll(/new (\w+)Command\(/gu)) {
      const service = clients.get(command);
      if (service === undefined) throw new Error(`${file}: ${command}Command comes from nowhere known`);
      actions.add(`${service}:${command}`);
    }
    // The topic is encrypted by a key of its own.
    if (body.includes('new PublishCommand'))
      ['kms:Decrypt', 'kms:GenerateDataKey'].forEach((it) => actions.add(it));
    // Naming a role to a service is passing it.
    if (body.includes('this.place.monitor')) actions.add('iam:PassRole');
    for (const [, called = ''] of body.matchAll(/this\.(\w+)\(/gu)) visit(called);
    for (const [, part = '', called = ''] of body.matchAll(/this\.(\w+)\.(\w+)\(/gu)) {
      const partFile = parts.get(part);
      if (partFile !== undefined) actionsOfMethod(partFile, called).forEach((it) => actions.add(it));
    }
  };
  if (!methods.has(method)) throw new Error(`${file} has no method ${method}`);
  visit(method);
  return actions;
}

/** The files of the classes whose objects a class holds, by field. */
function partsOf(file: string, source: string): ReadonlyMap<string, string> {
  const made = [...source.matchAll(/this\.(\w+) = new (\w+)\(/gu)];
  return new Map(
    made.flatMap(([, field = '', name = '']) => {
      const from = new RegExp(`import \\{[^}]*\\b${name}\\b[^}]*\\} from '(\\.[^']+)'`, 'u').exec(
        source,
      )?.[1];
      return from === undefined ? [] : [[field, resolve(dirname(file), from)] as const];
    }),
  );
}

/** Each method's text, from its own first line to the next one's. */
function methodsOf(source: string): ReadonlyMap<string, string> {
  const starts = [...source.matchAll(/^ {2}(?:private |async )*\*?(\w+)(?:<[^>]*>)?\(/gmu)];
  return new Map(
    starts.map(({ index, 1: name = '' }, at) => [name, source.slice(index, starts[at + 1]?.index)]),
  );
}

function commandsOf(source: string): ReadonlyMap<string, string> {
  const imports = source.matchAll(/import \{([^}]*)\} from '(@aws-sdk\/[^']+)'/gu);
  return new Map(
    [...imports].flatMap(([, names = '', from = '']) =>
      [...names.matchAll(/(\w+)Command\b/gu)].map(([, command = '']): [string, string] => {
        return [command, prefixOf(from)];
      }),
    ),
  );
}
