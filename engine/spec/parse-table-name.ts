import { nameLimits } from '../dialects/names.ts';
import { hiddenCharacter, strangeLetter } from './characters.ts';
import { printable, type Fault } from './fault.ts';
import type { TableName } from './table-name.ts';

// A migration's file does not say which engine it is for: its names fit all of them.
const everyEngine = Object.values(nameLimits);

const part = String.raw`(?:"(?:[^"]|"")+"|[^\s".]+)`;
const whole = new RegExp(`^${part}(?:\\.${part})*$`, 'u');
const plain = /^[\p{Ll}\p{Lo}_][\p{Ll}\p{Lo}\p{N}_$]*$/u;

/** Reads `public.users`, `users` (schema public) or, as in SQL, `"My Schema"."User Table"`. */
export function parseTableName(text: string): TableName | Fault {
  if (!whole.test(text)) return notAName(text);
  const parts = text.match(new RegExp(part, 'gu')) ?? [];
  if (parts.length > 2) {
    return {
      fact: `\`${printable(text)}\` has ${parts.length} parts.`,
      remedy: 'Write the schema and the table: `table: public.users`.',
    };
  }
  const odd = parts.find((one) => !one.startsWith('"') && !plain.test(one));
  if (odd !== undefined) return unquoted(text, odd);
  const names = parts.map((one) => (one.startsWith('"') ? one.slice(1, -1).replaceAll('""', '"') : one));
  return named(names.length === 2 ? (names[0] ?? '') : 'public', names.at(-1) ?? '');
}

function named(schema: string, name: string): TableName | Fault {
  const fault = identifierFault(schema) ?? identifierFault(name);
  if (fault !== undefined) return { ...fault, remedy: 'Write the names as they are in the catalog.' };
  const isReserved = schema === 'underpin' || everyEngine.some((each) => each.isReserved(schema));
  if (!isReserved) return { schema, name };
  return {
    fact: `Schema \`${schema}\` is not a place for an application's table.`,
    remedy: 'Name a table of your application.',
  };
}

function notAName(text: string): Fault {
  return {
    fact: `\`${printable(text)}\` is not a table's name.`,
    remedy:
      'Write `table: public.users`, or for an unusual name, quoted as in SQL, `table: \'"My Schema"."User Table"\'`.',
  };
}

/** SQL would fold capitals silently; here nobody guesses. */
function unquoted(text: string, odd: string): Fault {
  const folded = odd.toLowerCase();
  if (!plain.test(folded)) return notAName(text);
  return {
    fact: `\`${printable(odd)}\` has capitals without quotes, which SQL would read as \`${printable(folded)}\`.`,
    remedy: `Write \`${printable(folded)}\`, or quote it as in SQL: \`'"${printable(odd)}"'\`.`,
  };
}

/** What stops a text from being an identifier of the catalog, if anything does. */
export function identifierFault(name: string): Fault | undefined {
  const tooLong = everyEngine.map((each) => each.lengthFault(name)).find((fault) => fault !== undefined);
  const remedy = 'Write the name as it is in the catalog.';
  if (name === '') return { fact: 'The name is empty.', remedy };
  if (/[\0\p{Surrogate}]/u.test(name))
    return { fact: 'The name holds a character that no database stores.', remedy };
  const unseen = hiddenCharacter(name);
  if (unseen !== undefined)
    return {
      fact: `\`${printable(name)}\` holds a character that cannot be seen: ${unseen}.`,
      remedy: 'Write the name without it; a name that has it in the catalog is renamed by hand first.',
    };
  const strange = strangeLetter(name);
  if (strange !== undefined)
    return {
      fact: `\`${printable(name)}\` mixes letters that look alike: ${strange}.`,
      remedy: 'Write the name in one script; a name that mixes them in the catalog is renamed by hand first.',
    };
  if (tooLong !== undefined)
    return {
      fact: `\`${printable(name)}\` ${tooLong}.`,
      remedy: 'Choose a shorter name.',
    };
  return undefined;
}
