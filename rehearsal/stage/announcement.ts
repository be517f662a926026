import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { noticeFile, noticeFolder, type RehearsalNotice } from '../../cli/rehearsal-notice.ts';
import type { LocalCloud } from '../deployment/local-cloud.ts';

/**
 * Tells the command line (`underpin … --rehearsal`) where this rehearsal's cloud answers, until it is closed. One that a
 * killed rehearsal left behind is passed over, since nobody runs under its process id.
 */
export async function announce(
  { peoplesPlace }: LocalCloud,
  migration: string,
): Promise<{ close(): Promise<void> }> {
  const { pid } = process;
  const notice: RehearsalNotice = {
    pid,
    startedAt: new Date().toISOString(),
    migration,
    ...peoplesPlace,
  };
  await mkdir(noticeFolder(), { recursive: true, mode: 0o700 });
  await chmod(noticeFolder(), 0o700);
  const file = noticeFile(pid);
  // Written whole before it is seen; under a name of its own, since a process may rehearse several migrations at once.
  const unseen = `${file}.${randomUUID()}`;
  await writeFile(unseen, JSON.stringify(notice), { mode: 0o600 });
  await rename(unseen, file);
  return { close: () => rm(file, { force: true }) };
}
