import * as z from 'zod';
import { faultMessage, printable, type Fault } from './fault.ts';
import { claims, type Claim } from './fragments.ts';
import { refuse, valueMessage, textMessage, type AboutValue } from './spec-fields.ts';
import { sqlFault, typeFault } from './sql-text.ts';
import { identifierFault, parseTableName } from './parse-table-name.ts';

/** The Data API takes 65,536 characters of SQL, and an expression stands in a statement several times. */
const longestSql = 4000;

/** A column's name as it is in the catalog: case kept, never folded. */
export const columnName = (about: AboutValue) => objectName("a column's name", about);

/** One column, or a list of them. */
export const columnNames = (about: AboutValue) =>
  z
    .union([z.string(), z.array(z.string())], {
      error: valueMessage("a column's name, or a list of them", about),
    })
    .meta({ description: about.is, examples: [about.example] })
    .transform((written, context) => {
      const names = typeof written === 'string' ? [written] : written;
      const fault = namesFault(names);
      return fault === undefined ? names : refuse(context, fault);
    });

function namesFault(names: readonly string[]): Fault | undefined {
  if (names.length === 0) return { fact: 'The list is empty.', remedy: 'Name a column.' };
  if (new Set(names).size < names.length)
    return { fact: 'A column is listed twice.', remedy: 'List each once.' };
  return names.map(identifierFault).find((fault) => fault !== undefined);
}

/** What stands behind ON table in CREATE INDEX. */
export const indexText = (about: AboutValue) => sqlText(about).register(claims, { claim: 'index' });

/** A name as it is in the catalog; `what`: of what. */
export function objectName(what: string, about: AboutValue) {
  return z
    .string({ error: textMessage(what, about) })
    .meta({ description: about.is, examples: [about.example], minLength: 1 })
    .transform((name, context) => {
      const fault = identifierFault(name);
      return fault === undefined ? name : refuse(context, fault);
    });
}

export function tableName(about: AboutValue) {
  return z
    .string({ error: textMessage("a table's name", about) })
    .meta({ description: about.is, examples: [about.example], minLength: 1 })
    .transform((written, context) => {
      const table = parseTableName(written.slice(0, 300));
      return 'fact' in table ? refuse(context, table) : table;
    });
}

/** A type as SQL spells it. */
export function typeName(about: AboutValue) {
  return z
    .string({ error: textMessage('a type', about) })
    .meta({ description: about.is, examples: [about.example], minLength: 1 })
    .transform((written, context) => {
      const fault = tooLong(written) ?? typeFault(written);
      return fault === undefined ? written.trim() : refuse(context, fault);
    })
    .register(claims, { claim: 'type' });
}

/** An SQL expression. A plain number, `true` or `false` is one too, if YAML loses none of its digits. */
export const sqlExpression = (about: AboutValue) => sqlText(about).register(claims, { claim: 'expression' });

function sqlText(about: AboutValue) {
  const error = valueMessage('an SQL expression', about);
  return z
    .union([z.string(), z.number(), z.boolean()], { error })
    .meta({ description: about.is, examples: [valueOf(about.example)] })
    .transform((written, context) => {
      const sql = String(written).trim();
      const fault = losesDigits(written) ?? tooLong(sql) ?? sqlFault(sql);
      return fault === undefined ? sql : refuse(context, fault);
    });
}

/** One whole statement. That it is one, and what it does, is for the engine's parser to say. */
export function sqlStatement(about: AboutValue, longest = longestSql) {
  return z
    .string({ error: textMessage('a statement of SQL', about) })
    .meta({ description: about.is, examples: [about.example], minLength: 1 })
    .transform((written, context) => {
      const sql = written.trim().replace(/;$/u, '').trimEnd();
      const fault = tooLong(sql, longest) ?? sqlFault(sql);
      return fault === undefined ? sql : refuse(context, fault);
    });
}

/** Pieces of SQL, each under a name of the author's own choice. */
export function sqlByName(claim: Claim, about: AboutValue) {
  const sql = z.string({ error: textMessage('SQL', about) }).register(claims, { claim });
  return z
    .record(z.string(), sql, { error: valueMessage('names with their SQL', about) })
    .meta({ description: about.is, examples: [{ its_name: about.example }] })
    .transform((written, context) => {
      const pieces = Object.entries(written).map(([name, piece]) => [name, piece.trim()] as const);
      for (const [name, piece] of pieces) {
        const fault = tooLong(piece) ?? sqlFault(piece);
        if (fault !== undefined)
          context.issues.push({ code: 'custom', input: piece, path: [name], message: faultMessage(fault) });
      }
      return Object.fromEntries(pieces);
    });
}

/** The example as editors insert it: without the quotes that YAML needs. */
function valueOf(example: string): string {
  return example.startsWith('"') ? example.slice(1, -1) : example;
}

/** An SQL expression for a column's default, where a lone word is nearly always a text whose quotes YAML took. */
export function sqlDefault(about: AboutValue) {
  return sqlText(about)
    .refine((sql) => !/^[a-z_]\w*$/i.test(sql) || constants.test(sql), {
      error: ({ input }) =>
        faultMessage({
          fact: `\`${printable(String(input))}\` names a column, which a default cannot.`,
          remedy: `Write a text with both quotes: \`default: "'${printable(String(input))}'"\`.`,
        }),
    })
    .register(claims, { claim: 'default' });
}

const constants = /^(?:null|true|false|user|(?:current|session|system|local)_?[a-z]+)$/i;

function tooLong(sql: string, longest = longestSql): Fault | undefined {
  if (sql.length <= longest) return undefined;
  return {
    fact: `The SQL has ${sql.length} characters.`,
    remedy: `Write at most ${longest}; put the rest into a function.`,
  };
}

function losesDigits(value: string | number | boolean): Fault | undefined {
  // A double keeps every number of 15 digits; beyond that what YAML read may not be what was written.
  if (typeof value !== 'number' || String(value).replaceAll(/e.*|\D/g, '').length <= 15) return undefined;
  return {
    fact: 'YAML reads this number inexactly.',
    remedy: 'Write it in quotes, so that no digit is lost.',
  };
}
