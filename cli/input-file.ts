import { readFile } from 'node:fs/promises';

/** What of a file that a person named cannot be read, and what to do about it; `code` is that of node:fs. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file. Look at its path',
  ENOTDIR: 'there is no such file. Look at its path',
  EISDIR: 'it is a folder. Give a file in it',
  EACCES: 'you may not read it. Change its permissions',
  EPERM: 'you may not read it. Change its permissions',
};

/** pg_dump's custom and tar formats, which only pg_restore reads. */
const archive = /^PGDMP|^toc\.dat\0/u;

/** The text of a file. `refused` makes the error out of `FILE: the fact. The remedy.` */
export async function readInput(file: string, refused: (message: string) => Error): Promise<string> {
  const text = await contents(file, refused);
  if (archive.test(text))
    throw refused(
      `${file}: this is an archive of pg_dump. Turn it into plain SQL: pg_restore --file=dump.sql ${file}`,
    );
  if (text.includes('\0')) throw refused(`${file}: this is not text. Give a file of plain text.`);
  return text;
}

async function contents(file: string, refused: (message: string) => Error): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = 'code' in error ? String(error.code) : '';
    throw refused(`${file === '' ? 'the file ""' : file} cannot be read: ${reasons[code] ?? error.message}.`);
  }
}
