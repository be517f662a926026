import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { DumpError } from './dump-error.ts';
import { dumpPieces, type DumpPiece } from './dump-pieces.ts';
import { isIdle, psqlCommand, runsStatement, type PsqlCommand } from './psql-command.ts';
import { PsqlVariables } from './psql-variables.ts';

/** A statement with the place at which it stands: `dump.sql:12`. */
export type PlacedStatement = Extract<DumpPiece, { kind: 'statement' }> & { readonly file: string };

/** Who runs what a script says. */
export interface ScriptReader {
  statement(statement: PlacedStatement): Promise<void>;
  /** The rows of a statement that makes others, or sets variables. */
  rows(statement: PlacedStatement): Promise<readonly Readonly<Record<string, string | null>>[]>;
  notice(place: string, text: string): void;
  /** `why` begins with the place. */
  leftOut(why: string): void;
}

/** Files that include each other would go on for ever. */
const deepest = 20;

/** Reads a script as psql does: follows its commands, with the files that it includes, and gives each statement to run. */
export class PsqlScript {
  readonly #reader: ScriptReader;
  readonly #variables = new PsqlVariables();
  #ended = false;

  constructor(reader: ScriptReader) {
    this.#reader = reader;
  }

  /** `path`: null of a text that lies in no file. */
  async read(text: string, file: string, path: string | null, depth = 0): Promise<void> {
    for (const piece of dumpPieces(text)) {
      const place = `${file}:${piece.line}`;
      if (piece.kind === 'psql-command') await this.#follow(piece.text, { place, path, depth });
      else if (this.#variables.counts) await this.#run({ ...piece, file }, place);
      if (this.#ended) return;
    }
  }

  /** psql itself goes on behind an error, if nobody says otherwise; here somebody has to say so. */
  async #run(statement: PlacedStatement, place: string): Promise<void> {
    try {
      await this.#statement(statement, place);
    } catch (error) {
      if (!(error instanceof DumpError) || !this.#variables.isOff('ON_ERROR_STOP')) throw error;
      this.#reader.leftOut(error.message);
    }
  }

  async #statement(statement: PlacedStatement, place: string): Promise<void> {
    const { endedBy, ...piece } = statement;
    const filled = { ...piece, sql: this.#variables.filled(piece.sql) };
    if (endedBy === undefined) return this.#reader.statement(filled);
    const { name, words } = psqlCommand(endedBy, this.#variables);
    if (!runsStatement(name)) throw unfollowed(place, name);
    if (name !== 'gexec' && name !== 'gset') return this.#reader.statement(filled);
    const rows = await this.#reader.rows(filled);
    if (name === 'gset') {
      for (const [column, value] of Object.entries(rows[0] ?? {}))
        if (value !== null) this.#variables.set(`${words[0] ?? ''}${column}`, [value]);
      return;
    }
    for (const made of rows.flatMap((row) => Object.values(row)))
      if (made !== null)
        await this.#reader.statement({ kind: 'statement', sql: made, line: piece.line, file: piece.file });
  }

  async #follow(
    text: string,
    { place, path, depth }: { readonly place: string; readonly path: string | null; readonly depth: number },
  ): Promise<void> {
    const command = psqlCommand(text, this.#variables);
    const { name, words } = command;
    if (name === 'if' || name === 'elif' || name === 'else' || name === 'endif') {
      if (this.#variables.branch(name, words.join(' '))) return;
      throw new DumpError(`${place}: \\${name} without \\if`);
    }
    if (!this.#variables.counts) return;
    const [first, ...others] = words;
    if (name === 'q') this.#ended = true;
    if (name === 'set' && first !== undefined) return this.#variables.set(first, others);
    if (name === 'unset' && first !== undefined) return this.#variables.unset(first);
    if (/^(?:i|ir|include|include_relative)$/u.test(name))
      return this.#include(command, { place, path, depth });
    this.#skip(command, text, place);
  }

  #skip(command: PsqlCommand, text: string, place: string): void {
    const { name } = command;
    if (name === 'set' || isIdle(command))
      return this.#reader.notice(place, `psql command \\${name} skipped`);
    if (name === 'q') return this.#reader.notice(place, 'what stands behind \\q is not read');
    // Its rows lie in a file, or go to one; those of `stdin` stand in the dump, where they would be taken for statements.
    if (name === 'copy' && !/\bFROM\s+(?:p?stdin|program)\b/iu.test(text))
      return this.#reader.notice(place, 'psql command \\copy skipped: rows of other files are not loaded');
    throw unfollowed(place, name);
  }

  async #include(
    { name, words }: PsqlCommand,
    { place, path, depth }: { readonly place: string; readonly path: string | null; readonly depth: number },
  ): Promise<void> {
    const [file = ''] = words;
    if (path === null)
      throw new DumpError(`${place}: \\${name} ${file} includes a file, and this text lies in none`);
    if (depth === deepest) throw new DumpError(`${place}: files that include each other, ${deepest} deep`);
    // Whoever wrote \i had psql begin in a folder that the script does not say.
    const here = resolve(dirname(path), file);
    const found = name === 'ir' || name === 'include_relative' || existsSync(here) ? here : resolve(file);
    const text = await readFile(found, 'utf8').catch(() => {
      throw new DumpError(`${place}: \\${name} ${file}: there is no such file beside ${basename(path)}`);
    });
    return this.read(text, file, found, depth + 1);
  }
}

const unfollowed = (place: string, name: string): DumpError =>
  new DumpError(`${place}: the psql command \\${name} cannot be followed here. Write out what it does`);
