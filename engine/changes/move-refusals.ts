import type { MovedFacts } from '../catalog/moved.ts';
import type { Refusal, Subject } from './kind.ts';

/** What is wrong with the schema's name, whatever the database holds. */
export function sameSchema(to: string, { table, sql }: Subject): readonly Refusal[] {
  if (to === table.schema)
    return [
      {
        key: 'change.to',
        fact: `${table.schema}.${table.name} is in the schema ${to} already`,
        remedy: 'Name another schema; for another name there is `kind: rename-table`.',
      },
    ];
  if (to === 'underpin' || sql.names.isReserved(to))
    return [
      {
        key: 'change.to',
        fact: `the schema ${to} is not a place for an application's table`,
        remedy: 'Name a schema of your application.',
      },
    ];
  return [];
}

const refused = (fact: string, remedy: string): Refusal => ({
  key: 'change.to',
  fact,
  remedy,
  waitsFor: 'database',
});

const lacks = (when: boolean, fact: string, remedy: string): readonly Refusal[] =>
  when ? [refused(fact, remedy)] : [];

/** What stands in the way of the table in its new schema, or of the view in its old one. */
export function moveRefusals(to: string, facts: MovedFacts, subject: Subject): readonly Refusal[] {
  if (facts.schemaThere) return [...nameRefusals(to, facts, subject), ...rightsRefusals(to, facts, subject)];
  return [
    refused(
      `there is no schema ${to} in this database`,
      `Make it first, with the rights that its users need: CREATE SCHEMA ${subject.sql.names.quoted(to)}.`,
    ),
  ];
}

/** Who knows what moves by a name that another has, or that others would be sent. */
const nameRefusals = (to: string, facts: MovedFacts, { table }: Subject): readonly Refusal[] => [
  ...facts.taken.map((what) =>
    refused(
      `${what} has a name that would come to ${to} with ${table.schema}.${table.name}`,
      'Rename one of the two first, or drop what nobody uses.',
    ),
  ),
  ...facts.publications.map((publication) =>
    refused(
      `publication ${publication} publishes all tables of the schema ${to}, and subscribers would be sent rows of a table that they may not have`,
      'Publish tables one by one, or take the schema out of it before the start.',
    ),
  ),
  ...facts.sequences
    .filter(({ identity }) => identity)
    .flatMap(({ name, column, calledBy }) =>
      calledBy.map((what) =>
        refused(
          `${what} mentions ${name}, the sequence of the identity column ${column}, which moves with the table: by its old name it would not be found from expand on`,
          'Let it take the value from INSERT … RETURNING first.',
        ),
      ),
    ),
];

function rightsRefusals(to: string, facts: MovedFacts, { table, catalog, sql }: Subject): readonly Refusal[] {
  const name = `${table.schema}.${table.name}`;
  const [here, there] = [table.schema, to].map(sql.names.quoted);
  const { owner } = catalog.table;
  const { role, creates } = facts;
  return [
    ...lacks(
      !creates.there,
      `${role}, the role of the migration, may not make a table in ${to}`,
      `GRANT CREATE ON SCHEMA ${there} TO ${role}.`,
    ),
    ...lacks(
      !creates.here,
      `${role}, the role of the migration, may not make a view in ${table.schema}, nor bring the table back`,
      `GRANT CREATE ON SCHEMA ${here} TO ${role}.`,
    ),
    ...lacks(
      !facts.ownerCreates,
      `${owner}, which owns ${name}, may not make a view in ${table.schema}, and the view is to belong to it`,
      `GRANT CREATE ON SCHEMA ${here} TO ${owner} first.`,
    ),
    ...facts.withoutUsage.map((who) =>
      refused(
        `${who} has rights on ${name}, and none to use the schema ${to}: by its new name the table would be out of reach`,
        `GRANT USAGE ON SCHEMA ${there} TO ${who}; or take the rights on the table away first.`,
      ),
    ),
  ];
}

/** Who would find another table by the name alone, and not be told. */
export const meantRefusals = ({ meant }: MovedFacts): readonly Refusal[] =>
  meant.flatMap(({ who, name, before, after }) =>
    after === null
      ? []
      : [
          {
            key: 'change.to',
            fact: `for ${who}, by its search_path, the name ${name} without a schema means ${before}.${name}, and would mean ${after}.${name} in the end: something else, and no error`,
            remedy: 'Set another search_path for it, or let it write the schema, first.',
            waitsFor: 'database',
          },
        ],
  );
