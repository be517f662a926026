import { one, type Database } from '../../../database/database.ts';
import { refusalOf } from '../../../database/refusal.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import type { Fault } from '../../../spec/fault.ts';
import type { TableName } from '../../../spec/table-name.ts';
import type { DependentsAsked, DependentsPlanned, RefusedDependent } from '../../dependents.ts';
import { addedColumns } from './changed-columns.ts';
import { copyName } from './copy-name.ts';
import {
  askDependentPolicies,
  askTriedPolicy,
  dependentPolicy,
  installDependentPolicies,
  triedPolicy,
  type DependentPolicy,
  type Expressions,
} from './dependent-policies.ts';
import { offCopy, onCopy } from './on-copy.ts';
import type { AlteredPolicy } from './policy-statement.ts';
import { alterPolicy, replacePolicy, restorePolicy, type PolicyChange } from './policy-unit.ts';
import { withNewColumns } from './with-new-columns.ts';

/** A statement of the author's, with its place among them all. */
export interface Authored {
  readonly at: number;
  readonly statement: string;
  readonly policy: AlteredPolicy;
}

type PoliciesPlanned = Pick<DependentsPlanned, 'refused' | 'policies' | 'run' | 'undo' | 'offers' | 'unable'>;
interface Why {
  readonly why: string;
}

/** What the author's expressions of the table's policies become, and what can be offered for the others. */
export async function planPolicies(
  database: Database,
  asked: DependentsAsked,
  authored: readonly Authored[],
  parser: SqlParser,
): Promise<PoliciesPlanned> {
  for (const statement of installDependentPolicies) await database.run(statement);
  const columns = asked.old.map(({ name }) => name);
  const policies = await database.rows(askDependentPolicies(asked.table, columns), dependentPolicy);
  const copy = await copyName(database, asked.table, `policies_of_${asked.migration}`);
  const trial = new PolicyTrial(database, asked, copy, parser);
  const refused: RefusedDependent[] = [];
  const changes: PolicyChange[] = [];
  for (const { at, statement, policy } of authored) {
    const found = await changed(policy, statement, policies, trial);
    if ('fact' in found) refused.push({ at, ...found });
    else changes.push(found);
  }
  const open = policies.filter(({ name }) => !changes.some((change) => change.name === name));
  const offers: string[] = [];
  const unable: string[] = [];
  for (const each of refused.length > 0 ? [] : open) {
    const now = each.isMember ? { why: 'it belongs to an extension' } : await trial.rewritten(each);
    if ('why' in now) unable.push(`policy ${each.name}: ${now.why}`);
    else offers.push(alterPolicy(now, now.new));
  }
  const fresh = asked.new.map(({ name }) => name).join(', ');
  return {
    refused,
    policies: changes.map(({ name }) => name),
    run: changes.map((change) => replacePolicy(change, fresh)),
    undo: changes.map((change) => restorePolicy(change, columns.join(', '))).toReversed(),
    offers,
    unable,
  };
}

async function changed(
  { table, name }: AlteredPolicy,
  statement: string,
  policies: readonly DependentPolicy[],
  trial: PolicyTrial,
): Promise<PolicyChange | Fault> {
  const { table: its } = trial.asked;
  const found = policies.find((each) => each.name === name);
  if (found === undefined || table.schema !== its.schema || table.name !== its.name)
    return {
      fact: `no policy ${name} of ${table.schema}.${table.name} names a column that goes`,
      remedy: `Of ${its.schema}.${its.name} these do: ${policies.map((each) => each.name).join(', ') || 'none'}`,
    };
  const now = await trial.replaced(found, statement);
  return 'why' in now
    ? {
        fact: `policy ${name} cannot become this: ${now.why}`,
        remedy: 'Let both USING and WITH CHECK, as far as it has them, ask for the new columns alone',
      }
    : now;
}

const unread = 'it cannot be rewritten for sure; write what it is to ask';
const reading = 'SELECT ';

/** Expressions of policies over an empty copy of the table. */
class PolicyTrial {
  private readonly markers: Readonly<Record<string, string>>;

  constructor(
    private readonly database: Database,
    readonly asked: DependentsAsked,
    private readonly copy: TableName,
    private readonly parser: SqlParser,
  ) {
    this.markers = Object.fromEntries(asked.old.map(({ name }, at) => [name, `underpin old ${at}`]));
  }

  /** The policy with the new columns in the place of the old ones. */
  async rewritten(found: DependentPolicy): Promise<PolicyChange | Why> {
    const printed = await this.ask(found, null);
    if ('why' in printed) return printed;
    const { using, check } = mapped(printed, (sql) => this.renewed(sql, found));
    if (using === undefined || check === undefined) return { why: unread };
    const { name } = found;
    return this.replaced(found, alterPolicy({ table: this.asked.table, name }, { using, check }));
  }

  /** The policy by the author's expressions. */
  async replaced(found: DependentPolicy, statement: string): Promise<PolicyChange | Why> {
    const printed = await this.ask(found, statement);
    if ('why' in printed) return printed;
    if (printed.still.length > 0) return { why: `it would still name ${printed.still.join(', ')}` };
    const { using, check } = mapped(printed, (sql) => this.real(sql, found));
    if (using === undefined || check === undefined) return { why: unread };
    const { name } = found;
    const old = { using: found.using, check: found.check };
    return { table: this.asked.table, name, old, new: { using, check } };
  }

  private renewed(sql: string, found: DependentPolicy): string | null {
    const { old, new: fresh, down } = this.asked;
    const columns = old.map(({ name, type }, at) => ({
      marker: this.markers[name] ?? '',
      type,
      down: down[at] ?? '',
      downType: fresh.length === 1 ? (fresh[0]?.type ?? '') : '',
    }));
    const query = withNewColumns(sql, columns, this.parser);
    return query === null ? null : this.real(query, found);
  }

  private real(sql: string, { table: printed }: DependentPolicy): string | null {
    const { table } = this.asked;
    // A column may be called by the name of a copy that could not have the table's.
    if (this.copy.name !== table.name && sql.includes(this.copy.name)) return null;
    return offCopy(sql, { table, copy: this.copy, printed }, this.parser);
  }

  private async ask(
    found: DependentPolicy,
    statement: string | null,
  ): Promise<(Expressions & { readonly still: readonly string[] }) | Why> {
    const { table } = this.asked;
    const there = (sql: string): string | null => onCopy(sql, { table, copy: this.copy }, this.parser);
    const made = there(found.made);
    const replaced = statement === null ? null : there(statement);
    if (made === null || (statement !== null && replaced === null)) return { why: unread };
    const added = addedColumns(this.asked.added, this.parser).map((sql) => there(sql) ?? '');
    try {
      return await one(
        this.database,
        askTriedPolicy({ table, copy: this.copy.name, markers: this.markers, added, made, replaced }),
        triedPolicy,
      );
    } catch (error) {
      const why = refusalOf(error);
      if (why === undefined) throw error;
      return { why };
    }
  }
}

/** undefined: it cannot be told. */
function mapped(
  { using, check }: Expressions,
  to: (sql: string) => string | null,
): { readonly [K in keyof Expressions]: string | null | undefined } {
  const each = (sql: string | null): string | null | undefined =>
    sql === null ? null : (to(reading + sql)?.slice(reading.length) ?? undefined);
  return { using: each(using), check: each(check) };
}
