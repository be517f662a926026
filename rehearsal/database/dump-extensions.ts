import type { DatabaseError } from 'pg';

// Schema, object (a type, an access method), column, function, table.
const undefinedObject: ReadonlySet<string> = new Set(['3F000', '42704', '42703', '42883', '42P01']);

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

  /** Whether something is not there that one of them would have brought, or that was left out for want of it. */
  mayExplain({ code }: DatabaseError): boolean {
    return this.#lines.size > 0 && undefinedObject.has(code ?? '');
  }

  inWords(): string {
    return `probably for want of the ${this.#lines.size === 1 ? 'extension' : 'extensions'} ${[...this.#lines.keys()].map((name) => `"${name}"`).join(', ')}`;
  }

  /** For the end of an error message: what fails now probably needed one of them. */
  remark(): string {
    if (this.#lines.size === 0) return '';
    const wanted = [...this.#lines].map(([name, line]) => `"${name}" (line ${line})`).join(', ');
    return (
      `. This PostgreSQL does not have what the dump asks for by CREATE EXTENSION: ${wanted}. ` +
      'Rehearse on a server that does, with --database-url; or, to go on without what fails, begin the dump with \\set ON_ERROR_STOP off'
    );
  }
}

const made =
  /^CREATE\s+(?:EXTENSION|(?:OR\s+REPLACE\s+)?(?:TRUSTED\s+)?(?:PROCEDURAL\s+)?LANGUAGE)\s+(?:IF\s+NOT\s+EXISTS\s+)?"?([\w-]+)"?/iu;
/** A library that is not there, or that needs another one which is not: `undefined_file`. */
const withoutFile = '58P01';

/**
 * The extension that CREATE EXTENSION, or CREATE LANGUAGE, could not have: it is not there, or what it needs of the machine is not. `undefined`
 * for any other failure.
 */
export function refusedExtension(sql: string, error: DatabaseError): string | undefined {
  const name = made.exec(sql)?.[1];
  if (name === undefined) return undefined;
  const missing = /extension "(.+?)" is not available/.exec(error.message)?.[1];
  return missing ?? (error.code === withoutFile ? name : undefined);
}
