import type { ClientBase } from 'pg';
import { identifier } from '../database/postgres-names.ts';
import type { Candidates, Mend } from './candidates.ts';
import { withoutDomains } from './column-type.ts';
import type { Condition } from './conditions.ts';
import { piecesOf } from './expression-pieces.ts';
import { typed } from './step-material.ts';
import type { Column } from './table-description.ts';
import { isBetter, isNoWorse, TriedRows, type Tried } from './tried-rows.ts';
import { valueSteps } from './value-steps.ts';

/** Values from which the next steps go. */
const beam = 8;
const mostSteps = 3;
/** Longer ones are no better. */
const longestValue = 2000;

type Making = (mends: readonly Mend[]) => Candidates;

/**
 * Finds values for columns whose conditions refuse nearly all that was made up, by asking the database itself: what each condition
 * is made of (its constants, its calls, the other columns) is put together in up to three steps, and every attempt is held
 * against the conditions. No condition is understood for that. Undefined while there is no row to try them on.
 */
export async function mendedValues(client: ClientBase, making: Making): Promise<readonly Mend[] | undefined> {
  let mends: readonly Mend[] = [];
  const refused = new Set<string>();
  const hopeless = new Set<string>();
  const { columns, checks } = making(mends);
  if (checks.length === 0) return mends;
  // Each of them may be mended once more for the sake of another one.
  for (let attempts = 0; attempts <= 3 * columns.length; attempts += 1) {
    const tried = await TriedRows.of(client, making(mends), refused);
    if (tried === undefined) return undefined;
    const failing = await tried.failing(hopeless);
    if (failing === undefined) break;
    const after = (first: readonly Mend[]): Promise<TriedRows | undefined> =>
      TriedRows.of(client, making([...mends, ...first]), refused);
    const found = (await mend(tried, failing)) ?? (await mendBesideSmall(tried, failing, after));
    if (found === undefined) {
      hopeless.add(failing.test);
      continue;
    }
    const next = [...mends, ...found];
    // What goes well for a few rows may be too large in one of thousands.
    if (await isNoWorse(client, making(mends), making(next))) mends = next;
    else for (const { value } of found) refused.add(value);
  }
  return mends;
}

/** The best value of one of a condition's columns; undefined where none makes the condition hold, or at least computable. */
async function mend(tried: TriedRows, failing: Condition): Promise<readonly Mend[] | undefined> {
  const found: { readonly column: string; readonly best: Tried }[] = [];
  for (const column of tried.freeOf(failing)) {
    const best = await bestValue(tried, column, mostSteps);
    if (best !== undefined) found.push({ column: column.name, best });
  }
  const [first] = found.toSorted((a, b) => isBetter(a.best, b.best));
  return first && [{ column: first.column, value: first.best.value }];
}

/** Numbers are brought near those that the condition names, and then the last column is mended beside them: `a + b = 100 AND b >= 0`. */
async function mendBesideSmall(
  tried: TriedRows,
  failing: Condition,
  after: (first: readonly Mend[]) => Promise<TriedRows | undefined>,
): Promise<readonly Mend[] | undefined> {
  const columns = tried.freeOf(failing);
  for (const last of columns) {
    for (const number of piecesOf(failing.expression, last.name, []).numbers) {
      const rest = columns.filter((each) => each !== last);
      const first = rest.flatMap((each) => smaller(each, number, rest.length));
      if (first.length === 0) continue;
      const others = await after(first);
      const best = others && (await bestValue(others, last, 1));
      if (best !== undefined) return [...first, { column: last.name, value: best.value }];
    }
  }
  return undefined;
}

/** So that as many of them together are hardly more than the number. */
function smaller({ name, type }: Column, number: string, together: number): readonly Mend[] {
  const base = withoutDomains(type);
  if (base.kind !== 'base' || base.category !== 'N') return [];
  const within = `mod(abs(base.${identifier(name)})::numeric, ${number} + 1)`;
  return [{ column: name, value: typed(together === 1 ? within : `${within} / ${together}`, base) }];
}

async function bestValue(tried: TriedRows, column: Column, most: number): Promise<Tried | undefined> {
  const { values, steps } = stepsOf(tried, column);
  const own = `base.${identifier(column.name)}`;
  const before = await tried.with(column, own);
  const seen = new Set([own]);
  let from: readonly Tried[] = [before ?? { value: own, joint: 0, sum: 0, distinct: 0 }];
  for (let step = 0; step < most && !from.some((each) => tried.isAll(each)); step += 1) {
    const next = [
      ...(step === 0 ? values : []),
      ...from.flatMap(({ value }) => steps.map((make) => make(value))),
    ];
    const outcomes: Tried[] = [];
    for (const value of new Set(next)) {
      if (seen.has(value) || value.length > longestValue) continue;
      seen.add(value);
      const outcome = await tried.with(column, value);
      if (outcome !== undefined) outcomes.push(outcome);
    }
    from = [...outcomes, ...from].toSorted(isBetter).slice(0, beam);
  }
  const [best] = from;
  if (best === undefined || best.value === own) return undefined;
  // Where the conditions could not even be computed, what lets them be is a beginning.
  return tried.isEnough(best) || before === undefined ? best : undefined;
}

/** Of all conditions of a column. */
function stepsOf(tried: TriedRows, column: Column): ReturnType<typeof valueSteps> {
  const type = withoutDomains(column.type);
  const all = tried.conditionsOf(column).map(({ expression, columns, ofDomain }) => {
    const others = columns.filter((each) => each !== column.name);
    const pieces = piecesOf(expression, ofDomain ? 'VALUE' : column.name, others);
    return valueSteps({ type, pieces, others });
  });
  return { values: all.flatMap(({ values }) => values), steps: all.flatMap(({ steps }) => steps) };
}
