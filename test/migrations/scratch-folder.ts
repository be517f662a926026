import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly scratchFolder: string;
  }
}

/** A folder for the whole run, for what lives as long as a worker's process. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'underpin-test-'));
  project.provide('scratchFolder', folder);
  return () => rm(folder, { recursive: true, force: true });
}
