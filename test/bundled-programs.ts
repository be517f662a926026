import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { writePrograms } from '../packaging/programs.ts';
import { bundleProgramsTogether, type Programs } from '../rehearsal/deployment/programs.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly programs: Programs;
  }
}

/** The handlers and the traffic, bundled once for the whole run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // The stack uploads what was built. What a test says of a bundle it says of the fresh ones.
  if (!existsSync('dist/programs')) await writePrograms('dist');
  const folder = await mkdtemp(join(tmpdir(), 'underpin-test-programs-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    project.provide('programs', await bundleProgramsTogether(folder));
  } catch (error) {
    await remove();
    throw error;
  }
  // Who watches has changed a source. The files keep their names.
  project.onTestsRerun(async () => void (await bundleProgramsTogether(folder)));
  return remove;
}
