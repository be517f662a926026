import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { scratchFolder } from '../../../rehearsal/stage/scratch-folder.ts';
import { eventually } from '../../eventually.ts';

test('a scratch folder goes with all that is in it', async () => {
  const scratch = await scratchFolder('underpin-test-');
  await writeFile(join(scratch.path, 'file'), 'x');
  await scratch.close();
  expect(existsSync(scratch.path)).toBe(false);
});

test('a scratch folder goes even when its process is killed', async () => {
  const place = await mkdtemp(join(tmpdir(), 'underpin-test-'));
  const file = fileURLToPath(new URL('../../../rehearsal/stage/scratch-folder.ts', import.meta.url));
  const script = `import { scratchFolder } from ${JSON.stringify(file)};
    process.stdout.write((await scratchFolder('scratch-')).path);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    env: { ...process.env, TMPDIR: place },
  });
  child.stdout.setEncoding('utf8');
  const said = String((await once(child.stdout, 'data'))[0]);
  expect(existsSync(said)).toBe(true);
  child.kill('SIGKILL');
  await eventually(() => expect(existsSync(said)).toBe(false));
  await rm(place, { recursive: true });
});
