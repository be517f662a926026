import type { Inheritance } from '../../../../../engine/catalog/inherited.ts';
import { addColumn } from '../../../../../engine/changes/add-column.ts';
import { changeType } from '../../../../../engine/changes/change-type.ts';
import { splitColumn } from '../../../../../engine/changes/split-column.ts';
import type { CompiledChange, RefusedChange, Subject } from '../../../../../engine/changes/kind.ts';
import { dialectOf } from '../../../../../engine/dialects/dialects.ts';
import type { Plan } from '../../../../../engine/plan/plan.ts';
import { parseSpec, type Spec } from '../../../../../engine/spec/spec.ts';
import type { Change } from '../../../../../engine/changes/kinds.ts';

/** What an author may write as SQL, of every kind of change. */
export interface Written {
  readonly type: string;
  readonly up: string;
  readonly down: string;
  readonly default: string;
}

export const honest: Written = { type: 'text', up: '"from"', down: '"to"::int', default: "'en'" };

const table = { schema: 'public', name: 'users' };
const column = (name: string, type: string) => ({
  name,
  type,
  collation: null,
  plain: false,
  composite: false,
  notNull: name === 'from',
  default: null,
  identity: false,
  identitySequence: null,
  generated: false,
  inPrimaryKey: name === 'id',
  exclusions: [],
  comment: "it's",
  grants: [{ grantee: null, privilege: 'SELECT', grantable: false }],
  sequence: null,
  drawsFrom: [],
  statistics: 5,
  storage: 'EXTERNAL',
  compression: null,
  options: null,
  inReplicaIdentity: false,
  definition: null,
});

const subject: Subject = {
  sql: dialectOf('postgres'),
  migration: 'm',
  table,
  catalog: {
    partitions: null,
    table: {
      kind: 'table',
      partition: false,
      inherits: false,
      rows: 10,
      bytes: 10,
      owned: true,
      owner: 'shop',
      hidesRows: false,
      refusesUpdates: false,
      usualQuoting: true,
      version: 160_000,
      comment: null,
      keyOrder: null,
      grants: [],
    },
    columns: [column('id', 'bigint'), column('from', 'integer'), column('name', 'text')],
    by: 'key',
    key: [{ name: 'id', type: 'bigint' }],
    beforeTriggers: [],
    dependents: [],
    mentions: [],
    leaving: null,
    unseen: [],
    whole: null,
  },
};

const inherited = (type: string, defaultVaries: Inheritance['defaultVaries']): Inheritance => ({
  type,
  collation: null,
  collates: null,
  plain: false,
  toastable: true,
  defaultVaries,
  oldDefaultVaries: 'never',
  settings: { search_path: '"public", pg_temp', TimeZone: 'UTC' },
  upDefault: null,
  typeDefault: null,
  rewrites: false,
  domainRules: [],
  oldRefusesNull: false,
  base: type,
  oldBase: null,
  inPartitions: [],
  indexes: [
    {
      kind: 'index',
      name: 'users_from',
      as: 'users_to',
      unique: true,
      constraint: true,
      primary: false,
      byDefault: false,
      deferrable: false,
      deferred: false,
      definition: 'USING btree ("to")',
      lasting: 'USING btree ("to")',
      identity: true,
      clustered: true,
      comment: 'a comment',
      constraintComment: 'another',
      targets: [{ column: 1, target: 5 }],
      keys: ['to'],
      predicate: null,
      nullsDistinct: true,
    },
  ],
  constraints: [
    {
      kind: 'check',
      name: 'c',
      as: 'c_1',
      definition: 'CHECK (("to" IS NOT NULL))',
      valid: true,
      comment: 'c',
    },
  ],
  statistics: [
    {
      kind: 'statistics',
      name: 's',
      as: 's_1',
      definition: '(ndistinct) ON "to", name',
      target: 5,
      comment: 'c',
    },
  ],
  leftBehind: [],
});

export const specsWith = ({ type, up, down, default: otherwise }: Written): readonly Spec[] =>
  [
    { kind: 'add-column', column: 'to', type, default: otherwise, backfill: up, notNull: true },
    { kind: 'change-type', column: 'from', to: 'to', type, up, down, default: otherwise },
    {
      kind: 'split-column',
      column: 'from',
      down,
      into: { to: { type, up, default: otherwise, notNull: true }, other: { type: 'text', up: '"from"' } },
      indexes: { users_from: '("to")' },
      checks: { c: '"to" IS NOT NULL' },
    },
  ].map((change) => parseSpec(JSON.stringify({ goal: 'A test', table: 'public.users', change }), 'm.yaml'));

/** The plans of a change, whether its default is volatile or not, as if the database had said nothing against it. */
export const plansOf = (change: Change): Promise<readonly Plan[]> =>
  Promise.all([false, true].map((isVolatile) => planOf(change, isVolatile)));

async function planOf(change: Change, isVolatile: boolean): Promise<Plan> {
  return {
    migration: 'm',
    engine: 'postgres',
    table,
    estimatedRows: 10,
    ...(await compiled(change, isVolatile)),
  };
}

async function compiled(change: Change, isVolatile: boolean): Promise<CompiledChange> {
  const outcome = await outcomeOf(change, isVolatile);
  if ('refused' in outcome) throw new Error(outcome.refused.map(({ fact }) => fact).join('; '));
  return outcome;
}

const asked = (): never => {
  throw new Error('it asks no more of the database');
};
const asksNoMore = {
  rule: asked,
  indexes: asked,
  taken: asked,
  throughView: asked,
  copyHindrances: asked,
  copied: asked,
  moved: asked,
  referrers: asked,
  settings: asked,
  tries: asked,
  printed: asked,
  parser: { sql: asked, plpgsql: asked },
  retyped: () => Promise.resolve({ there: false, back: false, old: 'text', type: null }),
};

function outcomeOf(change: Change, isVolatile: boolean): Promise<CompiledChange | RefusedChange> {
  const heirs = ({ type }: { readonly type: string }) =>
    Promise.resolve(inherited(type, isVolatile ? 'at each call' : 'never'));
  const { indexes, constraints } = inherited('text', 'never');
  const sides = () => Promise.resolve({ indexes, constraints, statistics: [], leftBehind: [] });
  const ask = { ...asksNoMore, heirs, sides };
  if (change.kind === 'add-column') return addColumn.compile(change, subject, ask);
  if (change.kind === 'change-type') return changeType.compile(change, subject, ask);
  if (change.kind === 'split-column') return splitColumn.compile(change, subject, ask);
  throw new Error('it holds no SQL of the author');
}
