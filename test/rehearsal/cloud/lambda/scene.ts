import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { bundleFunctions } from '../../../../rehearsal/cloud/lambda/bundle.ts';
import {
  startLambda,
  type LambdaOptions,
  type LambdaService,
} from '../../../../rehearsal/cloud/lambda/lambda.ts';
import type { Wish } from './handlers/sample.ts';
import { eventually } from '../../../eventually.ts';

export const source = (name: string) => fileURLToPath(new URL(`handlers/${name}.ts`, import.meta.url));
let folder: string;
/** By name, once the tests begin. */
export let bundles: ReadonlyMap<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'underpin-lambda-'));
  const names = ['sample', 'broken', 'killed', 'nameless'];
  bundles = await bundleFunctions(new Map(names.map((name) => [name, source(name)])), folder);
});
afterAll(() => rm(folder, { recursive: true }));

/** A Lambda with the handlers of this folder; `wish` asks `sample` for something. */
export function lambda(options: Partial<LambdaOptions> & { readonly timeoutMs?: number } = {}): {
  readonly service: LambdaService;
  readonly wish: (wish: Wish) => Promise<unknown>;
} {
  const { timeoutMs = 30_000, environment = {}, ...rest } = options;
  const functions = new Map([...bundles].map(([name, file]) => [name, { file, timeoutMs }]));
  const service = startLambda({ functions, environment, ...rest });
  onTestFinished(() => service.close());
  return { service, wish: async (it) => (await service.invoke('sample', it)).payload };
}

export const untilBusy = (service: LambdaService) =>
  eventually(() => expect(service.running()).toHaveLength(1));
