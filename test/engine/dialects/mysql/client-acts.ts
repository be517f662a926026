/** What clients were told of a table `live`: the word of each id. */
export type Rows = Map<number, string>;
export interface Act {
  readonly sql: (id: number, word: string) => string;
  readonly says: (rows: Rows, id: number, word: string) => void;
}

const taken = (rows: Rows, word: string): number | undefined =>
  [...rows].find(([, its]) => its === word)?.[0];

/** What a client may send, and what it was told by no error: key and word are each unique. */
export const acts: readonly Act[] = [
  {
    sql: (id, word) => `INSERT IGNORE INTO live (id, word) VALUES (${id}, '${word}')`,
    says: (rows, id, word) => {
      if (!rows.has(id) && taken(rows, word) === undefined) rows.set(id, word);
    },
  },
  {
    sql: (id, word) => `REPLACE INTO live (id, word) VALUES (${id}, '${word}')`,
    says: (rows, id, word) => {
      const other = taken(rows, word);
      if (other !== undefined) rows.delete(other);
      rows.set(id, word);
    },
  },
  {
    sql: (id, word) =>
      `INSERT INTO live (id, word) VALUES (${id}, '${word}') ON DUPLICATE KEY UPDATE id = id`,
    says: (rows, id, word) => {
      if (!rows.has(id) && taken(rows, word) === undefined) rows.set(id, word);
    },
  },
  {
    sql: (id, word) => `DELETE FROM live WHERE id = ${id} OR word = '${word}'`,
    says: (rows, id, word) => {
      const other = taken(rows, word);
      rows.delete(id);
      if (other !== undefined) rows.delete(other);
    },
  },
  {
    sql: (id, word) => `UPDATE IGNORE live SET word = '${word}' WHERE id = ${id}`,
    says: (rows, id, word) => {
      if (rows.has(id) && taken(rows, word) === undefined) rows.set(id, word);
    },
  },
  {
    sql: (id, word) => `UPDATE IGNORE live SET id = ${id} WHERE word = '${word}'`,
    says: (rows, id, word) => {
      const other = taken(rows, word);
      if (other === undefined || rows.has(id)) return;
      rows.delete(other);
      rows.set(id, word);
    },
  },
  {
    sql: () => 'UPDATE live SET id = id + 1 ORDER BY id DESC',
    says: (rows) => {
      const moved = [...rows].map(([id, word]): [number, string] => [id + 1, word]);
      rows.clear();
      for (const [id, word] of moved) rows.set(id, word);
    },
  },
  {
    sql: () => 'UPDATE live SET id = id - 1 ORDER BY id',
    says: (rows) => {
      const moved = [...rows].map(([id, word]): [number, string] => [id - 1, word]);
      rows.clear();
      for (const [id, word] of moved) rows.set(id, word);
    },
  },
];
