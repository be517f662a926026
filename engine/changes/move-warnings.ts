import type { MovedFacts } from '../catalog/moved.ts';
import type { TableName } from '../spec/table-name.ts';

const mostNamed = 5;

/** What a reviewer must know of a table that goes to another schema. */
export function moveWarnings(base: TableName, facts: MovedFacts, table: TableName): readonly string[] {
  const before = `${table.schema}.${table.name}`;
  return [
    `indexes, constraints, triggers, policies and rights of ${before} go with it, under the names that they have`,
    ...facts.sequences.map(({ name, column, identity }) =>
      identity
        ? `the sequence ${table.schema}.${name} of the identity column ${column} is ${base.schema}.${name} from expand on: nextval, currval and setval by its old name fail, and pg_stat_statements does not show who calls them`
        : `the sequence ${table.schema}.${name} of ${column} stays where it is, and belongs to no column, until the contract; then it is ${base.schema}.${name}: who calls it by its schema has to know`,
    ),
    ...unfound(facts, base),
    ...(facts.statistics.length === 0
      ? []
      : [`the statistics ${facts.statistics.join(', ')} stay in ${table.schema}, as after ALTER TABLE`]),
    ...(facts.grantedThere.length === 0
      ? []
      : [
          `a table that is made in ${base.schema} is granted to ${facts.grantedThere.join(', ')} by default; one that is moved there is not`,
        ]),
    'a search_path that an application sets for itself is not seen here',
  ];
}

/** Who finds nothing by the name alone once the view is gone. */
function unfound({ meant }: MovedFacts, { schema, name }: TableName): readonly string[] {
  const who = meant.filter((each) => each.name === name && each.after === null).map((each) => each.who);
  const more = who.length > mostNamed ? ` and ${who.length - mostNamed} more` : '';
  return who.length === 0
    ? []
    : [
        `without a schema, ${name} is not found any more from the quarantine on by ${who.slice(0, mostNamed).join(', ')}${more}: write ${schema}.${name}, or set a search_path that has ${schema}`,
      ];
}
