import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTableName } from '../../../engine/spec/parse-table-name.ts';

describe("a table's name", () => {
  it.each([
    ['users', 'public', 'users'],
    ['public.users', 'public', 'users'],
    ['"My Schema"."User Table"', 'My Schema', 'User Table'],
    ['shop."a.b"', 'shop', 'a.b'],
    ['"say ""hi"""', 'public', 'say "hi"'],
    ['größe.straße', 'größe', 'straße'],
    ['"Users"', 'public', 'Users'],
  ])('%s is table %s.%s', (text, schema, name) => {
    expect(parseTableName(text)).toEqual({ schema, name });
  });

  it.each([
    ['Users', '`Users` has capitals without quotes, which SQL would read as `users`.'],
    ['db.public.users', '`db.public.users` has 3 parts.'],
    ['my table', "`my table` is not a table's name."],
    ['public.', "`public.` is not a table's name."],
    ['"users', '`"users` is not a table\'s name.'],
    ['1users', "`1users` is not a table's name."],
    ['', "`` is not a table's name."],
    ['pg_catalog.pg_class', "Schema `pg_catalog` is not a place for an application's table."],
    ['underpin.event', "Schema `underpin` is not a place for an application's table."],
    ['ä'.repeat(32), `\`${'ä'.repeat(32)}\` is 64 bytes long; 63 is the most.`],
  ])('%s is none', (text, fact) => {
    expect(parseTableName(text)).toMatchObject({ fact });
  });

  it('may be anything once it is quoted', () => {
    const name = string({ minLength: 1, maxLength: 15, unit: 'grapheme-ascii' });
    assert(
      property(name, (any) => {
        expect(parseTableName(`"${any.replaceAll('"', '""')}"`)).toEqual({ schema: 'public', name: any });
      }),
    );
  });
});
