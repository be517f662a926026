import { expect, test } from 'vitest';
import { joinLines } from '../../../rehearsal/screen/join-lines.ts';

const url = 'postgresql://postgres:secret@127.0.0.1:5/rehearsal';
const cloud = { agentUrlOf: (target: string) => `http://127.0.0.1:6/configurations/${target}` };
const joined = { cloud, target: 'shop', flag: 'rename_shop' };

test('an application of one’s own is told the database and the flag', () => {
  expect(joinLines({ url, isOurs: true }, { ...joined, lived: ['read-switch'] })).toEqual([
    '  an application of your own can join at',
    `    ${url}`,
    '    http://127.0.0.1:6/configurations/shop?flag=rename_shop',
  ]);
});

test('the address of a copy, which may hold a password of somebody’s, is not repeated', () => {
  expect(joinLines({ url, isOurs: false }, { ...joined, lived: ['read-switch'] }).join('\n')).not.toContain(
    'secret',
  );
});

test('a change that moves no reads has no flag', () => {
  expect(joinLines({ url, isOurs: true }, { ...joined, lived: ['expand'] })).toHaveLength(2);
  expect(joinLines({ url, isOurs: false }, { ...joined, lived: ['expand'] })).toEqual([]);
});
