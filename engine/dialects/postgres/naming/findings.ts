/** What a statement has to do with the old column. */
export interface Naming {
  /** `SELECT`, `UPDATE`, … */
  readonly verb: string;
  /** One of Underpin's own. */
  readonly own: boolean;
  readonly reads: boolean;
  readonly writes: boolean;
  /** Reads whole rows of the table (`*`, `RETURNING *`, a row as a value) and so the column without naming it. */
  readonly wholeRow: boolean;
  /** It could not be told for sure, and so counts as naming it. */
  readonly doubtful: boolean;
  /** Names the table, whatever of it. */
  readonly table: 'changes' | 'reads' | null;
}

type Finding = 'own' | 'reads' | 'writes' | 'wholeRow' | 'doubtful' | 'readsTable' | 'changesTable';

/** Gathers what is found while a statement is walked. */
export class Findings {
  verb = '';
  private readonly found = new Set<Finding>();

  add(...what: readonly Finding[]): void {
    for (const each of what) this.found.add(each);
  }

  naming(): Naming {
    const has = (what: Finding): boolean => this.found.has(what);
    return {
      verb: this.verb,
      own: has('own'),
      reads: has('reads'),
      writes: has('writes'),
      wholeRow: has('wholeRow'),
      doubtful: has('doubtful'),
      table: has('changesTable') ? 'changes' : has('readsTable') ? 'reads' : null,
    };
  }
}
