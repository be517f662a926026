import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findRehearsal, noticeFile, noticeFolder, rehearsalOption } from '../../cli/rehearsal-notice.ts';

let before: string | undefined;
let folder: string;
beforeEach(async () => {
  before = process.env['TMPDIR'];
  folder = await mkdtemp(join(tmpdir(), 'underpin-notice-'));
  process.env['TMPDIR'] = folder;
  await mkdir(noticeFolder(), { mode: 0o700 });
});
afterEach(async () => {
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  await rm(folder, { recursive: true });
});

const notice = (pid: number, migration = 'm') =>
  writeFile(
    noticeFile(pid),
    JSON.stringify({
      pid,
      startedAt: '2026-12-01T10:00:00Z',
      migration,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      endpoints: {},
    }),
  );
// No process has it: the largest that Linux gives is 4194304.
const nobody = 4_194_999;

test('the rehearsal that runs is found; one whose process is gone is passed over', async () => {
  await notice(nobody, 'gone');
  await expect(findRehearsal()).rejects.toThrow('No rehearsal of yours is running');
  await notice(process.pid);
  expect((await findRehearsal()).migration).toBe('m');
});

test('a command reaches the rehearsal that printed it, also when another one runs', async () => {
  await notice(process.pid);
  expect(await rehearsalOption(process.pid)).toBe('--rehearsal');
  await notice(process.ppid);
  expect(await rehearsalOption(process.pid)).toBe(`--rehearsal-pid ${process.pid}`);
});

test('of two, the command line must say which', async () => {
  await notice(process.pid, 'one');
  await notice(process.ppid, 'two');
  await expect(findRehearsal()).rejects.toThrow(/These run: .*Say which: --rehearsal-pid \d+/u);
  expect((await findRehearsal(process.ppid)).migration).toBe('two');
  await expect(findRehearsal(nobody)).rejects.toThrow(`runs as process ${nobody}`);
});

test("a folder in which others may write is not believed, nor a file that is not a notice's", async () => {
  await writeFile(noticeFile(process.pid), '{"pid": 1');
  await expect(findRehearsal()).rejects.toThrow('No rehearsal');
  await notice(process.pid);
  await chmod(noticeFolder(), 0o777);
  await expect(findRehearsal()).rejects.toThrow('is not yours alone');
});
