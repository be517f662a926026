import type { DatabaseUnderTest } from './database-under-test.ts';
import { ToldWriter, ToldWriters } from './told-writers.ts';

interface Row {
  readonly day: string;
  readonly note: string;
}

/** They insert, change, move, rename and delete rows of `entries`, some of them by old snapshots. */
export class EntryWriters extends ToldWriters<Row> {
  static async start(db: DatabaseUnderTest, count: number): Promise<EntryWriters> {
    const writers = new EntryWriters();
    for (let each = 0; each < count; each += 1)
      writers.begin(new EntryWriter(await db.connect(), { each, of: count }, writers));
    return writers;
  }

  /** As a query would print them. */
  get expected(): readonly string[] {
    return this.printed((id, { day, note }) => `${id} ${day} ${note}`);
  }
}

class EntryWriter extends ToldWriter<Row> {
  async turn(): Promise<void> {
    const draft = this.draft();
    await this.together(async () => {
      // Every sixth one does several things at once.
      for (let each = this.next(6) === 0 ? 4 : 1; each > 0; each -= 1) await this.step(draft);
    });
    this.acknowledged(draft);
  }

  private async step(draft: Map<number, Row>): Promise<void> {
    const picked = this.pick(draft, 3);
    if (picked === undefined) return this.insert(draft);
    const [id, row] = picked;
    const what = this.next(5);
    if (what === 0) {
      await this.one('DELETE FROM entries WHERE id = $1', [id]);
      draft.delete(id);
      return;
    }
    const to = what === 1 ? this.freeKey() : id;
    const day = what === 2 ? this.day() : row.day;
    const note = what > 2 ? this.note() : row.note;
    await this.one('UPDATE entries SET id = $2, day = $3, note = $4 WHERE id = $1', [id, to, day, note]);
    draft.delete(id);
    draft.set(to, { day, note });
  }

  private async insert(draft: Map<number, Row>): Promise<void> {
    const [id, day, note] = [this.freeKey(), this.day(), this.note()];
    await this.one('INSERT INTO entries (id, day, note) VALUES ($1, $2, $3)', [id, day, note]);
    draft.set(id, { day, note });
  }

  private day(): string {
    return `2026-0${1 + this.next(6)}-1${this.next(9)}`;
  }

  private note(): string {
    return `note ${this.next(1_000_000)}`;
  }
}
