import type { Engine } from '../../engine/dialects/engine.ts';
import { Stage } from './stage.ts';
import { giveBack, takeTarget } from './warm-cloud.ts';

/** The engine of a shipped example. */
export const engineOf = (file: string): Engine =>
  file.startsWith('migrations/mysql/') ? 'mysql' : 'postgres';

/** Walks a path of a migration on a target that it has to itself, and leaves nobody there. */
export async function onStage(
  migration: { readonly file: string; readonly table: string },
  path: (stage: Stage) => Promise<void>,
): Promise<void> {
  const target = await takeTarget(engineOf(migration.file));
  const stage = new Stage(migration, target);
  try {
    await stage.reset();
    await path(stage);
    await stage.close();
  } catch (error) {
    await stage.abandon();
    throw error;
  }
  giveBack(target);
}
