import { onlyNew, readSwitch, type OnlyNew, type ReadSwitch } from '../../client/index.ts';
import type { WrittenColumn, WrittenShape } from './written-shape.ts';
import type { Answer } from './query.ts';
import type { Stage, Version } from './stages.ts';

/** Where the new version of the application learns which shape to read. */
export type ReadSwitchSetting =
  /** An AppConfig agent: `url` is its configuration, `http://127.0.0.1:PORT/applications/A/environments/E/configurations/P`. */
  | { readonly kind: 'agent'; readonly url: string; readonly flag: string }
  /** Nowhere: it reads the new shape alone. */
  | { readonly kind: 'none' };

export type Side = 'old' | 'new';

/** An answer, and the shape that gave it. */
export interface ReadAnswer {
  readonly side: Side;
  readonly answer: Answer;
}

type Ways = Readonly<Record<Side, () => Promise<Answer>>>;

// A rehearsal's windows last seconds: the flag is looked at and the metrics are written several times within each.
const refreshMs = 200;
const metrics = { flushMs: 500, resolution: 1 } as const;

const writeEvent = (event: object): void => console.log(JSON.stringify(event));

/** How the versions of the application read: the old one knows nothing of Underpin, the new one has its client. */
export class Readers {
  readonly #switch: ReadSwitch | undefined;
  readonly #onlyNew: OnlyNew | undefined;

  constructor(setting: ReadSwitchSetting, shape: WrittenShape) {
    if (setting.kind === 'none') return;
    const { flag, url } = setting;
    this.#onlyNew = onlyNew({ flag, metrics, onEvent: writeEvent });
    // Answers are compared as the application sees them; converted ones are different values.
    const isComparable = shape.kind === 'pair' && typesOf(shape.old) === typesOf(shape.new);
    const compare = isComparable ? {} : 0;
    this.#switch = readSwitch({ flag, agent: url, refreshMs, compare, metrics, onEvent: writeEvent });
  }

  async read(version: Version, stage: Stage, key: string, ways: Ways): Promise<ReadAnswer> {
    const paths = { old: answerOf('old', ways), new: answerOf('new', ways), equal: sameRows };
    if (version === 'old') return paths.old();
    if (this.#switch === undefined || this.#onlyNew === undefined) return paths.new();
    return stage === 'both' ? this.#switch.read(key, paths) : this.#onlyNew.read(key, paths);
  }

  /** As a version that writes both sides itself does; what that is is said by the flag. */
  write<T>(key: string, ways: Readonly<Record<Side, () => Promise<T>>>): Promise<T> {
    return this.#switch === undefined ? ways.new() : this.#switch.write(key, ways);
  }

  /** The side whose answer counts. */
  get truth(): Side {
    return this.#switch?.truth ?? 'new';
  }

  async close(): Promise<void> {
    await this.#switch?.close();
    await this.#onlyNew?.close();
  }
}

const answerOf = (side: Side, ways: Ways) => async (): Promise<ReadAnswer> => ({
  side,
  answer: await ways[side](),
});

/** By place: the column has another name in each shape. */
const sameRows = (old: ReadAnswer, fresh: ReadAnswer): boolean =>
  valuesOf(old.answer) === valuesOf(fresh.answer);

const valuesOf = ({ rows }: Answer): string => JSON.stringify(rows.map((row) => Object.values(row)));

const typesOf = (side: readonly WrittenColumn[]): string => side.map(({ type }) => type).join();
