import { underpin } from './command-name.ts';
import { readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { UsageError } from './usage-error.ts';

const notice = z.object({
  pid: z.number(),
  startedAt: z.string(),
  migration: z.string(),
  region: z.string(),
  credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
  /** By the name that the SDK's `AWS_ENDPOINT_URL_…` variables give a service. */
  endpoints: z.record(z.string(), z.string()),
});

/** Where a running rehearsal answers. It lies in a folder of the user's own for as long as the rehearsal lasts. */
export type RehearsalNotice = z.infer<typeof notice>;

export const noticeFolder = (): string => join(tmpdir(), `underpin-rehearsal-${userInfo().uid}`);
export const noticeFile = (pid: number): string => join(noticeFolder(), `${pid}.json`);

/** The rehearsal that runs on this machine; of several, the one with this process id. Raises UsageError. */
export async function findRehearsal(pid?: number): Promise<RehearsalNotice> {
  const running = await runningRehearsals();
  const [first, second] = pid === undefined ? running : running.filter((it) => it.pid === pid);
  if (first === undefined)
    throw new UsageError(
      pid === undefined
        ? `No rehearsal of yours is running on this machine. Start one in another terminal: ${underpin} rehearse --hold-gates`
        : `No rehearsal of yours runs as process ${pid}. ${listed(running)}`,
    );
  if (second !== undefined)
    throw new UsageError(`${listed(running)} Say which: --rehearsal-pid ${first.pid}`);
  return first;
}

/** Whether a rehearsal can be asked. Raises UsageError. */
export const isAnnounced = async (): Promise<boolean> => (await runningRehearsals()).length > 0;

/** The option by which a command reaches the rehearsal of this process, from wherever it is typed. */
export async function rehearsalOption(pid: number): Promise<string> {
  const others = (await runningRehearsals()).filter((it) => it.pid !== pid);
  return others.length === 0 ? '--rehearsal' : `--rehearsal-pid ${pid}`;
}

const listed = (running: readonly RehearsalNotice[]): string =>
  running.length === 0
    ? 'None runs at all.'
    : `These run: ${running.map(({ pid, migration }) => `${pid} (${migration})`).join(', ')}.`;

async function runningRehearsals(): Promise<readonly RehearsalNotice[]> {
  const folder = noticeFolder();
  const about = await stat(folder).catch(() => undefined);
  if (about === undefined) return [];
  // The temporary folder is everybody's: somebody else's notice would send this command to somebody else's endpoints.
  if (about.uid !== userInfo().uid || (about.mode & 0o022) !== 0)
    throw new UsageError(`${folder} is not yours alone. Remove it, and start the rehearsal again.`);
  const files = (await readdir(folder)).filter((file) => /^\d+\.json$/u.test(file));
  const notices = await Promise.all(files.map((file) => read(join(folder, file))));
  return notices.filter((it) => it !== undefined).filter(({ pid }) => isAlive(pid));
}

/** Undefined for one that went away meanwhile, or that another version wrote. */
async function read(file: string): Promise<RehearsalNotice | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return notice.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
