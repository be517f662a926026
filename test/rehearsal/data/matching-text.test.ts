import { describe, expect, it } from 'vitest';
import { matchingText } from '../../../rehearsal/data/matching-text.ts';

/** Evaluates the SQL that the expression is made of: literals and random picks from a string. */
function evaluated(sql: string): string {
  return sql
    .split(' || ')
    .map((part) => {
      const picked = /^substr\('(.*)', 1 \+ floor/u.exec(part)?.[1];
      const written = part.replace(/^E?'|'$/gu, '').replaceAll("'", '');
      return picked === undefined ? written : (picked[picked.length - 1] ?? '');
    })
    .join('');
}

describe('text made to match a regular expression', () => {
  it.each([
    '^[A-Z]{2}$',
    '^[A-Z]{2}[0-9]{4,6}$',
    '^[a-z0-9_-]+$',
    '^\\+?[1-9]\\d{6,14}$',
    '^(cus|acc)_[A-Za-z0-9]{14}$',
    '^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$',
    '^#(?:[0-9a-f]{3}){1,2}$',
  ])('%s', (pattern) => {
    const sql = matchingText(pattern);
    expect(sql).toBeDefined();
    expect(evaluated(sql ?? '')).toMatch(new RegExp(pattern, 'u'));
  });

  it.each(['^(?=.*[A-Z]).+$', '^(?!admin).*$', '(a)\\1', 'a{', '(a'])('%s is given up', (pattern) => {
    expect(matchingText(pattern)).toBeUndefined();
  });
});
