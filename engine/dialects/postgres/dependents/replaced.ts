import type { Database } from '../../../database/database.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import type { DependentsAsked, DependentsPlanned } from '../../dependents.ts';
import { policyAltered, type AlteredPolicy } from './policy-statement.ts';
import { planPolicies, type Authored } from './replaced-policies.ts';
import { planReplacedViews } from './replaced-views.ts';

/** What the author wrote for views and policies that know columns which go, and what can be offered for the others. */
export async function planDependents(
  database: Database,
  asked: DependentsAsked,
  parser: SqlParser,
): Promise<DependentsPlanned> {
  const refused: DependentsPlanned['refused'][number][] = [];
  const policies: Authored[] = [];
  const others: [number, string][] = [];
  for (const [at, statement] of asked.statements.entries()) {
    const policy = policyAltered(statement, parser);
    if (policy === undefined) others.push([at, statement]);
    else if (isPolicy(policy)) policies.push({ at, statement, policy });
    else refused.push({ at, ...policy });
  }
  const ofViews = await planReplacedViews(database, asked, others, parser);
  const ofPolicies = await planPolicies(database, asked, policies, parser);
  return {
    refused: [...refused, ...ofViews.refused, ...ofPolicies.refused].toSorted((a, b) => a.at - b.at),
    replaced: ofViews.replaced,
    policies: ofPolicies.policies,
    run: [...ofViews.run, ...ofPolicies.run],
    undo: [...ofPolicies.undo, ...ofViews.undo],
    offers: [...ofViews.offers, ...ofPolicies.offers],
    unable: [...ofViews.unable, ...ofPolicies.unable],
  };
}

const isPolicy = (found: NonNullable<ReturnType<typeof policyAltered>>): found is AlteredPolicy =>
  'name' in found;
