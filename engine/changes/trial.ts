import { readInheritance } from '../catalog/inheritance.ts';
import type { Inheritance } from '../catalog/inherited.ts';
import type { Database } from '../database/database.ts';
import { refusalOf } from '../database/refusal.ts';
import type { Expression, Likeness } from '../dialects/inspector.ts';
import { inspectorOf } from '../dialects/planning-dialect.ts';
import { invalid, refuse } from '../spec/refused-spec.ts';
import type { Spec } from '../spec/spec.ts';
import type { Refusal } from './kind.ts';

// What the database refuses is refused in its own words; no row's value is in them.

/** Lets the database read an expression of the author's over the table. Raises InvalidSpec. */
export async function triedExpression(
  spec: Spec,
  database: Database,
  key: string,
  expression: Expression,
): Promise<void> {
  try {
    await inspectorOf(database).tryExpression(spec.table, expression);
  } catch (error) {
    const says = refusalOf(error);
    if (says === undefined) throw error;
    const remedy =
      expression.over === null
        ? 'Write it over the columns of the table, in its own SQL.'
        : `Write it over ${expression.over.map(({ column }) => `"${column}"`).join(', ')} alone: each side must follow from the other.`;
    throw invalid(spec, [{ key, fact: `the database cannot read this expression: ${says}`, remedy }]);
  }
}

/** Lets the database make the column on an empty copy of the table, and says what it inherits. Raises InvalidSpec. */
export async function triedColumn(
  spec: Spec,
  database: Database,
  likeness: Likeness,
  key: string,
): Promise<Omit<Inheritance, 'settings'>> {
  const ownDefault = async (says: string): Promise<readonly Refusal[]> =>
    likeness.default !== null && (await fits(database, { ...likeness, default: null }))
      ? [
          {
            key: `${key}.default`,
            fact: `the database refuses this default: ${says}`,
            remedy: `Write a default that ${likeness.type} can hold.`,
          },
        ]
      : [];
  return asTried(spec, key, () => readInheritance(database, likeness), ownDefault);
}

export async function asTried<T>(
  spec: Spec,
  key: string,
  ask: () => Promise<T>,
  closer: (says: string) => Promise<readonly Refusal[]> = () => Promise.resolve([]),
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const says = refusalOf(error);
    if (says === undefined) throw error;
    refuse(spec, await closer(says));
    const fact = `the database refuses the change on an empty copy of the table: ${says}`;
    throw invalid(spec, [{ key, fact, remedy: 'Change what is written there so that it fits.' }]);
  }
}

async function fits(database: Database, likeness: Likeness): Promise<boolean> {
  try {
    await readInheritance(database, likeness);
    return true;
  } catch (error) {
    if (refusalOf(error) === undefined) throw error;
    return false;
  }
}
