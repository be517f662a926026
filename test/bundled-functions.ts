import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { taskFiles } from '../rehearsal/deployment/functions.ts';
import { bundleFunctions } from '../rehearsal/cloud/lambda/bundle.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly bundledFunctions: Readonly<Record<string, string>>;
  }
}

/** The handlers, bundled once for the whole run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'underpin-test-functions-'));
  const bundles = await bundleFunctions(taskFiles('lambdas'), folder);
  project.provide('bundledFunctions', Object.fromEntries(bundles));
  return () => rm(folder, { recursive: true, force: true });
}
