import type { DatabaseError } from 'pg';

/** Extensions that a dump asks for and this server cannot have, with the line of each. */
export class MissingExtensions {
  readonly #lines = new Map<string, number>();

  add(name: string, line: number): void {
    if (!this.#lines.has(name)) this.#lines.set(name, line);
  }

  /** An error of COMMENT ON or ALTER EXTENSION about one of them says nothing new. */
  concerns(words: readonly string[], error: DatabaseError): boolean {
    const aboutExtension = words[0] === 'ALTER' ? words[1] === 'EXTENSION' : words[2] === 'EXTENSION';
    const name = /extension "(.+?)"/.exec(error.message)?.[1];
    return aboutExtension && name !== undefined && this.#lines.has(name);
  }

  /** For the end of an error message: what fails now probably needed one of them. */
  remark(): string {
    if (this.#lines.size === 0) return '';
    const wanted = [...this.#lines].map(([name, line]) => `"${name}" (line ${line})`).join(', ');
    return (
      `. This PostgreSQL does not have what the dump asks for by CREATE EXTENSION: ${wanted}. ` +
      'Rehearse on a server that does, with --database-url'
    );
  }
}

/** The extension that CREATE EXTENSION could not find. `undefined` for any other failure. */
export function refusedExtension(words: readonly string[], error: DatabaseError): string | undefined {
  if (words[0] !== 'CREATE' || words[1] !== 'EXTENSION') return undefined;
  return /extension "(.+?)" is not available/.exec(error.message)?.[1];
}
