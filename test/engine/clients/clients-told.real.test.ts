import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from '../database-under-test.ts';
import { clientShapes } from './client-shapes.ts';
import { Scene } from './scene.ts';

/** By hand: `OPERATIONS=100000 SEED=7 npx vitest run --project real test/engine/clients`. */
const operations = Number(process.env['OPERATIONS'] ?? 3000);
const seed = Number(process.env['SEED'] ?? 9);

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

let count = 0;
const walked = clientShapes.filter(({ change }) => change['kind'] !== 'drop-column');
const scenes = [
  ...clientShapes.map((shape) => ({ ...shape, on: 'a table with a key', isKeyless: false })),
  ...walked.map((shape) => ({ ...shape, on: 'a table without one', isKeyless: true })),
];
// Large rows, VACUUM FULL among them: fewer operations do.
const share = (isKeyless: boolean): number => (isKeyless ? Math.ceil(operations / 3) : operations);
describe.each(scenes)('$name on $on', ({ isKeyless, ...shape }) => {
  test(
    'six clients of three versions find what they were told, through every phase and back',
    { timeout: 3_600_000 },
    async () => {
      const table = `told_${(count += 1)}`;
      const run = { table, operations: share(isKeyless), seed, isKeyless };
      await Scene.played(db, shape, run, async (scene) => {
        scene.start('old');
        await scene.until(0.05);
        await thereAndBack(scene, 0);
        await scene.undo('backfill');
        await scene.stop(...scene.knowing(shape.new));
        await scene.moments.change({ triggers: 'not yet', filled: false, round: 1 }, () =>
          scene.undo('dual-write', 'expand'),
        );
        await scene.until(0.5);
        await scene.compare();
        scene.start('old');
        await thereAndBack(scene, 0.5);
        await toTheEnd(scene);
      });
    },
  );
});

test('a scene that fails leaves no client writing', async () => {
  const [shape] = clientShapes;
  if (shape === undefined) throw new Error('there is no shape');
  const left: Scene[] = [];
  const playing = Scene.played(db, shape, { table: 'told_failed', operations: 1000, seed }, async (scene) => {
    left.push(scene);
    scene.start('old', 'new', 'both');
    await scene.until(0.01);
    throw new Error('a comparison has failed');
  });
  await expect(playing).rejects.toThrow('a comparison has failed');
  expect(left.map((scene) => scene.writing)).toEqual([0]);
});

/** From expand to where the new side is read, and back to where it is whole. */
async function thereAndBack(scene: Scene, from: number): Promise<void> {
  const { moments } = scene;
  await moments.change({ triggers: 'on' }, () => scene.apply('expand', 'dual-write'));
  scene.start('new', 'both');
  await scene.until(from + 0.1);
  await moments.change({ filled: true }, () => scene.backfill());
  await scene.until(from + 0.2);
  await scene.agrees();
  await scene.apply('verify');
  await scene.moveReads();
  await scene.until(from + 0.3);
  await scene.agrees();
  await scene.moveReadsBack();
  await scene.until(from + 0.35);
  await scene.undo('verify');
  await scene.agrees();
  await scene.compare();
  scene.start('old', 'new', 'both');
}

async function toTheEnd(scene: Scene): Promise<void> {
  const { moments, shape } = scene;
  await scene.apply('verify');
  await scene.moveReads();
  await scene.until(0.9);
  const leaving = scene.has('quarantine') ? scene.knowing(shape.old) : [];
  await scene.stop(...leaving);
  await scene.apply('quarantine');
  await scene.until(0.92);
  await scene.undo('quarantine');
  scene.start(...leaving);
  await scene.until(0.95);
  await scene.agrees();
  await scene.compare();
  scene.start(...scene.staying(leaving));
  await scene.apply('quarantine');
  await moments.change({ triggers: 'over' }, () => scene.apply('contract'));
  await scene.until(1);
  await scene.compare();
}
