import { setMaxListeners } from 'node:events';
import { NormalizedSchema } from '@smithy/core/schema';
import { stateHeader } from '../../edge.ts';
import { StateFailure } from '../failure.ts';
import type { Json } from '../json.ts';
import { argumentProblems, fromSdk, toSdk, type ArgumentProblem } from './casing.ts';
import { pascalCase, SDK_SERVICES, type SdkPackage, type SdkServiceName } from './sdk-services.ts';

/** Where each service answers. */
export type Endpoints = Readonly<Partial<Record<SdkServiceName, string>>>;

interface Client {
  send(command: object, options: { readonly abortSignal: AbortSignal }): Promise<object>;
  destroy(): void;
}

type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];
type Class<T> = new (argument: unknown) => T;

interface Operation {
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
  readonly Command: Class<Command>;
}

interface Command {
  readonly middlewareStack: {
    add(
      middleware: (next: (call: BuiltCall) => Promise<unknown>) => (call: BuiltCall) => Promise<unknown>,
      options: { readonly step: 'build' },
    ): void;
  };
}

interface BuiltCall {
  readonly request: { readonly headers: Record<string, string> };
}

/** Calls AWS services by their own SDK clients. */
export class SdkCaller {
  readonly #endpoints: Endpoints;
  readonly #region: string;
  readonly #closing: AbortSignal;
  readonly #clients = new Map<SdkServiceName, Client>();

  constructor(endpoints: Endpoints, region: string, closing: AbortSignal) {
    this.#endpoints = endpoints;
    this.#region = region;
    this.#closing = closing;
    // Each call under way listens to it: many are no leak.
    setMaxListeners(0, closing);
    closing.addEventListener('abort', () => this.#clients.forEach((client) => client.destroy()), {
      once: true,
    });
  }

  /**
   * @param args in ASL's PascalCase; so is what comes back
   * @param by the state whose call it is; and what begins error names, the service's own prefix when absent
   * @throws StateFailure `<prefix>.<Name>Exception`
   */
  async call(
    service: SdkServiceName,
    action: string,
    args: Json,
    { state, prefix }: { readonly state: string; readonly prefix?: string },
  ): Promise<Json> {
    const { load, prefix: ownPrefix } = SDK_SERVICES[service];
    const sdk: SdkPackage = await load();
    const operation = operationOf(sdk, action);
    if (operation === undefined)
      throw new StateFailure('States.Runtime', `${service} has no action ${action}`);
    const [problem] = argumentProblems(operation.input, args);
    if (problem !== undefined) {
      throw new StateFailure(
        'States.Runtime',
        `Arguments${problem.path} of ${service}:${action}: ${problem.what}`,
      );
    }
    try {
      const command = new operation.Command(toSdk(operation.input, args));
      // Nobody but the edge of the local cloud reads it.
      command.middlewareStack.add(saying(state), { step: 'build' });
      const output = await this.#client(service, sdk).send(command, { abortSignal: this.#closing });
      return fromSdk(operation.output, output);
    } catch (error) {
      throw asFailure(error, { sdk, prefix: prefix ?? ownPrefix, ownPrefix });
    }
  }

  #client(service: SdkServiceName, sdk: SdkPackage): Client {
    const known = this.#clients.get(service);
    if (known !== undefined) return known;
    const endpoint = this.#endpoints[service];
    if (endpoint === undefined) throw new Error(`No endpoint was given for ${service}`);
    const ClientClass = sdk[SDK_SERVICES[service].client];
    if (!isClass<Client>(ClientClass)) throw new Error(`The SDK package of ${service} has no client`);
    const credentials = { accessKeyId: 'rehearsal', secretAccessKey: 'rehearsal' };
    // Retrying belongs to the definition: a client that retries by itself would hide a missing Retry.
    const client = new ClientClass({ endpoint, region: this.#region, credentials, maxAttempts: 1 });
    this.#clients.set(service, client);
    return client;
  }
}

const saying =
  (state: string) =>
  (next: (call: BuiltCall) => Promise<unknown>) =>
  (call: BuiltCall): Promise<unknown> => {
    call.request.headers[stateHeader] = encodeURIComponent(state);
    return next(call);
  };

/** Whether the service has the action, and what is wrong with a task's Arguments for it. */
export async function sdkArgumentProblems(
  service: SdkServiceName,
  action: string,
  template: Json,
): Promise<readonly ArgumentProblem[]> {
  const operation = operationOf(await SDK_SERVICES[service].load(), action);
  if (operation === undefined) return [{ path: '', what: `${service} has no action ${action}` }];
  return argumentProblems(operation.input, template);
}

function operationOf(sdk: SdkPackage, action: string): Operation | undefined {
  const schema = sdk[`${pascalCase(action)}$`];
  const Command = sdk[`${pascalCase(action)}Command`];
  if (!Array.isArray(schema) || !isClass<Command>(Command)) return undefined;
  const [input, output]: readonly (() => SchemaRef)[] = schema.slice(4, 6);
  if (input === undefined || output === undefined) return undefined;
  return { input: NormalizedSchema.of(input()), output: NormalizedSchema.of(output()), Command };
}

/** What the SDK exports under a class's name is taken to be that class. */
function isClass<T>(value: unknown): value is Class<T> {
  return typeof value === 'function';
}

interface ErrorNaming {
  readonly sdk: SdkPackage;
  readonly prefix: string;
  readonly ownPrefix: string;
}

/**
 * Names an error as Step Functions does, which calls by the SDK for Java: a modelled error by its name with `Exception`
 * at the end, one that the model does not know (DynamoDB's ValidationException) by the service's base exception, and
 * one without an answer SdkClientException.
 */
function asFailure(error: unknown, { sdk, prefix, ownPrefix }: ErrorNaming): StateFailure {
  if (!(error instanceof Error)) return new StateFailure(`${prefix}.SdkClientException`, String(error));
  const { name, message, $metadata } = error as Error & {
    readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  };
  if ($metadata?.httpStatusCode === undefined) {
    return new StateFailure(`${prefix}.SdkClientException`, `${message} (Service: ${ownPrefix}) ${attempts}`);
  }
  const modelled = typeof sdk[name] === 'function';
  const { httpStatusCode, requestId } = $metadata;
  return new StateFailure(
    `${prefix}.${modelled ? exceptionName(name) : `${ownPrefix}Exception`}`,
    `${message} (Service: ${ownPrefix}, Status Code: ${httpStatusCode}, Request ID: ${requestId ?? 'none'}) ${attempts}`,
  );
}

const attempts = '(SDK Attempt Count: 1)';

function exceptionName(name: string): string {
  if (name.endsWith('Exception')) return name;
  return `${name.endsWith('Fault') ? name.slice(0, -'Fault'.length) : name}Exception`;
}
