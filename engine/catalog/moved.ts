import * as z from 'zod';

// What a table meets in another schema, and what goes there with it.

const names = z.array(z.string());

export const movedFacts = z.object({
  /** There is such a schema. */
  schemaThere: z.boolean(),
  role: z.string(),
  /** Whether the role may make something there, and in the schema that the table is in. */
  creates: z.object({ there: z.boolean(), here: z.boolean() }),
  /** Whether the table's owner may own a view in the schema that the table is in. */
  ownerCreates: z.boolean(),
  /** What the schema has already under a name that comes, in the database's own words. */
  taken: names,
  /** Who has rights on the table and none to use the schema. */
  withoutUsage: names,
  /** Publications of all tables of the schema. */
  publications: names,
  /** Whom a table that is made there is granted to, and this one is not. */
  grantedThere: names,
  /** Statistics objects, which stay where they are. */
  statistics: names,
  sequences: z.array(
    z.object({
      name: z.string(),
      column: z.string(),
      /** It is part of an identity column, and cannot be anywhere else than its table. */
      identity: z.boolean(),
      /** Functions whose bodies are text that holds its name. */
      calledBy: names,
    }),
  ),
  /** By whose search_path a name without a schema means something else afterwards. */
  meant: z.array(
    z.object({
      who: z.string(),
      name: z.string(),
      /** The schemas that it is found in; null: it is not found. */
      before: z.string(),
      after: z.string().nullable(),
    }),
  ),
});
export type MovedFacts = z.infer<typeof movedFacts>;
