import { literal } from '../quote.ts';

// What a branch sets is taken for what was to be inserted. That is so where its text says `SET note = excluded.note`, and of all
// else nothing is known: it may compute from the row that is there, or leave it alone by a WHERE.

/** Without a distinction of case. */
const word = (letters: string): string =>
  letters.replaceAll(/[a-z]/gu, (letter) => `[${letter.toUpperCase()}${letter}]`);
const words = (text: string): string =>
  text
    .split(' ')
    .map((each) => word(each))
    .join(String.raw`\s+`);

/** From the first one on: what comes before may be rows by the thousand. */
const conflicts = `${words('on conflict')}.*`;
const quotedName = String.raw`"(\w+)"`;
const asInserted = String.raw`\m(\w+)\s*=\s*(?:${word('excluded')})\s*\.\s*\1\M`;
const branch = String.raw`\m${words('do update')}\M`;
const plain = String.raw`${branch}\s+${word('set')}\s+#(?:\s*,\s*#)*\s*(?:${word('returning')}\M|\)|;|/\*|--|$)`;
/** Of the lines that say where a function is called, the first one: its statement. */
const ofFunction = String.raw`^SQL statement "(.*?)"(?:\n(?:PL/|SQL |portal |unnamed )|$)`;

/** It has branches of its own. */
const merge = String.raw`\m${words('merge into')}\M`;

const count = (pattern: string, text: string): string =>
  `(SELECT pg_catalog.count(*) FROM pg_catalog.regexp_matches(${text}, ${literal(pattern)}, 'g'))`;

/**
 * Raises where the branch of the statement that is running does not say what it sets, in so many words. `text`: a variable. A
 * statement of a client is known by its text, and so is one of a function in PL/pgSQL; not one of a function in SQL.
 */
export const refuseOther = (text: string): readonly string[] => [
  `GET DIAGNOSTICS ${text} = PG_CONTEXT;`,
  // The first line is this function.
  `${text} := pg_catalog.substring(${text}, ${literal(String.raw`\n(.*)`)});`,
  `IF ${text} IS NULL OR ${text} ~ '^(unnamed portal|portal ".*") with parameters' THEN`,
  `  ${text} := pg_catalog.current_query();`,
  'ELSE',
  `  ${text} := pg_catalog.substring(${text}, ${literal(ofFunction)});`,
  'END IF;',
  `${text} := CASE WHEN ${text} !~ ${literal(merge)} THEN pg_catalog.substring(${text}, ${literal(conflicts)}) END;`,
  `${text} := pg_catalog.regexp_replace(${text}, ${literal(quotedName)}, ${literal(String.raw`\1`)}, 'g');`,
  `${text} := pg_catalog.regexp_replace(${text}, ${literal(asInserted)}, '#', 'g');`,
  `IF ${count(branch, text)} NOT BETWEEN 1 AND ${count(plain, text)} THEN`,
  `  RAISE EXCEPTION 'a row of % is not copied yet, and what would become of it cannot be told from the statement', TG_TABLE_NAME`,
  `    USING ERRCODE = 'serialization_failure', HINT = 'Try again later, or write ON CONFLICT … DO UPDATE SET column = excluded.column, and no WHERE.';`,
  'END IF;',
];
