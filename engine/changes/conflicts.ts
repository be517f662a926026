import type { Spec } from '../spec/spec.ts';
import { boundKind } from './bound-kind.ts';
import type { Refusal } from './kind.ts';

/** What an earlier migration does to something that a later one names. */
export interface Conflict extends Pick<Refusal, 'key' | 'fact' | 'remedy'> {
  readonly spec: Spec;
}

/**
 * Migrations that get in each other's way, in the order of their files: one needs a column that another takes away, or makes
 * what another has made. Each may be right by itself, and the one that comes first may never be started.
 */
export function conflictsAmong(specs: readonly Spec[]): readonly Conflict[] {
  const tables = new Map<string, Told>();
  return specs.flatMap((spec) => {
    const key = JSON.stringify([spec.table.schema, spec.table.name]);
    const told = tables.get(key) ?? { by: null, gone: new Map(), made: new Map(), built: new Map() };
    const found = told.by === null ? conflictsOf(spec, told) : [withoutTable(spec, told.by)];
    remember(spec, told);
    tables.set(key, takesTable(spec) ? { ...told, by: spec.name } : told);
    return found;
  });
}

/** By name, the migration that did it. */
interface Told {
  /** The table itself is gone, or has another name. */
  readonly by: string | null;
  readonly gone: Map<string, string>;
  readonly made: Map<string, string>;
  readonly built: Map<string, string>;
}

function conflictsOf(spec: Spec, { gone, made, built }: Told): readonly Conflict[] {
  const { asked, names } = boundKind(spec.change);
  const { needs = [], makes = [], builds = [] } = names;
  const saidOf = (list: readonly string[], by: ReadonlyMap<string, string>, facts: Facts) =>
    list.flatMap((name): readonly Conflict[] => {
      const other = by.get(name);
      return other === undefined ? [] : [{ spec, key: keyOf(spec, name), ...facts(name, other) }];
    });
  return [
    ...saidOf([...(asked?.columns ?? []), ...needs], gone, takenAway),
    ...saidOf(makes, made, madeTwice),
    ...saidOf(builds, built, madeTwice),
  ];
}

const takesTable = ({ change }: Spec): boolean => {
  const { wholeTable, asked, keepsName } = boundKind(change);
  return wholeTable && asked === null && !keepsName;
};

const withoutTable = (spec: Spec, other: string): Conflict => ({
  spec,
  key: 'table',
  fact: `the table ${spec.table.schema}.${spec.table.name} is gone after ${other}`,
  remedy: 'Start this migration before it; or name the table by its new name.',
});

type Facts = (name: string, other: string) => { readonly fact: string; readonly remedy: string };

const takenAway: Facts = (name, other) => ({
  fact: `"${name}" is gone after ${other}`,
  remedy: `Start this migration before it; or name the column that takes its place.`,
});
const madeTwice: Facts = (name, other) => ({
  fact: `${other} makes "${name}" too`,
  remedy: 'Start one of them alone; or choose another name.',
});

/** The earlier migrations that make columns which this one needs, each with the key that names them. */
export const makersOf = (spec: Spec, earlier: readonly Spec[]): readonly (readonly [string, Spec])[] => {
  const { asked, names } = boundKind(spec.change);
  return [...(asked?.columns ?? []), ...(names.needs ?? [])].flatMap((column) =>
    earlier
      .filter(
        ({ table, change }) =>
          table.schema === spec.table.schema &&
          table.name === spec.table.name &&
          boundKind(change).names.makes?.includes(column) === true,
      )
      .map((maker) => [keyOf(spec, column), maker] as const),
  );
};

/** The key that holds the name, as far as one does. */
function keyOf({ change }: Spec, name: string): string {
  const found = Object.entries(change).find(([, value]) => value === name);
  return found === undefined ? 'change' : `change.${found[0]}`;
}

function remember({ name, change }: Spec, { gone, made, built }: Told): void {
  const { asked, names, keepsName } = boundKind(change);
  for (const column of keepsName ? [] : (asked?.columns ?? [])) {
    gone.set(column, name);
    made.delete(column);
  }
  for (const column of names.makes ?? []) {
    made.set(column, name);
    gone.delete(column);
  }
  for (const each of names.builds ?? []) built.set(each, name);
}
