import { expect, test } from 'vitest';
import { digestNaming } from '../../../../engine/dialects/mysql/digest-naming.ts';

const table = { schema: 'shop', name: 'users' };

const judged = (text: string, column: string | null, schema: string | null = 'shop'): string => {
  const { names, writes, wholeRow, doubtful } = digestNaming(
    { schema, text, isWhole: true, room: 1024 },
    table,
    column,
  );
  const how = names ? (writes ? 'writes' : 'reads') : wholeRow ? 'whole row' : 'nothing';
  return doubtful ? `${how}, doubtful` : how;
};

// As MySQL 9.7.4 has written them.
test.each([
  ['SELECT * FROM `users` WHERE `id` = ?', 'whole row', 'whole row'],
  [
    'SELECT `email` FROM `users` WHERE `id` IN (...) AND NAME LIKE ? ORDER BY `email` LIMIT ?, ...',
    'reads',
    'reads',
  ],
  [
    'SELECT `u` . `email` , `o` . `email` FROM `users` `u` LEFT JOIN `orders` AS `o` ON `o` . `user_id` = `u` . `id`',
    'reads',
    'nothing',
  ],
  [
    'SELECT `u` . `id` , `o` . `email` FROM `users` `u` LEFT JOIN `shop` . `orders` AS `o` ON `o` . `user_id` = `u` . `id`',
    'nothing',
    'nothing',
  ],
  ['INSERT INTO `users` ( `email` , NAME ) VALUES (...) /* , ... */', 'writes', 'writes'],
  [
    'INSERT INTO `users` ( `email` , NAME ) VALUES (...) AS NEW ON DUPLICATE KEY UPDATE `email` = `new` . `email`',
    'writes',
    'writes',
  ],
  ['INSERT INTO `users` SET `email` = ? , `n` = DEFAULT', 'writes', 'nothing'],
  ['REPLACE INTO `users` VALUES (...)', 'whole row', 'whole row'],
  [
    'UPDATE `users` AS `u` JOIN `orders` `o` ON `o` . `user_id` = `u` . `id` SET `u` . `email` = `CONCAT` ( `o` . `email` , ? )',
    'writes',
    'nothing',
  ],
  ['UPDATE `users` SET `n` = ? WHERE `email` = ?', 'reads', 'nothing'],
  [
    'DELETE `u` FROM `users` `u` WHERE EXISTS ( SELECT ? FROM `orders` `o` WHERE `o` . `email` != `u` . `email` )',
    'reads',
    'nothing',
  ],
  [
    'SELECT COUNT ( DISTINCTROW `email` ) , MAX ( `n` ) OVER ( PARTITION BY NAME ORDER BY `id` ) FROM `users` GROUP BY NAME',
    'reads',
    'reads',
  ],
  ['SELECT COUNT ( * ) , `n` * ? FROM `users`', 'nothing', 'nothing'],
  // A rehearsal's own comparison, which asks both shapes on purpose.
  ['SELECT /*+ QB_NAME ( `underpin` ) */ `id` , `email` FROM `users`', 'nothing', 'nothing'],
  ['WITH `c` AS ( SELECT `email` AS `e` FROM `users` ) SELECT `e` FROM `c`', 'reads', 'nothing'],
  ['SELECT `l` . `email` FROM `orders` `o` , LATERAL ( SELECT `id` FROM `users` ) `l`', 'nothing', 'nothing'],
  ['SELECT `d` . `email` FROM ( SELECT * FROM `users` ) `d`', 'whole row', 'whole row'],
  ['SELECT `mail` AS `email` FROM `users`', 'nothing', 'nothing'],
  ['SELECT @? := `email` FROM `users`', 'reads', 'nothing'],
  ['TABLE `users`', 'whole row', 'whole row'],
  ['EXECUTE SELECT `email` FROM `shop` . `users`', 'reads', 'nothing'],
  ['PREPARE SELECT `email` FROM `users`', 'nothing', 'nothing'],
  ['EXPLAIN SELECT `email` FROM `users`', 'nothing', 'nothing'],
  ['ALTER TABLE `users` ADD INDEX `by_email` ( `email` )', 'nothing', 'nothing'],
  ['CREATE TRIGGER `t` AFTER UPDATE ON `users` FOR EACH ROW SET @? = `NEW` . `email`', 'nothing', 'nothing'],
  ['CREATE TEMPORARY TABLE `t` SELECT `email` FROM `users`', 'reads', 'nothing'],
  ['SELECT `email` FROM `other` . `users`', 'nothing', 'nothing'],
  ['SELECT `email` FROM `customers`', 'nothing', 'nothing'],
  ['SELECT ?, ...', 'nothing', 'nothing'],
  // It fills the room that there is, and may have gone on with both.
  [`SELECT ${'`n` AS `column_number` , '.repeat(32)}`, 'reads, doubtful', 'reads, doubtful'],
])('%s', (text, ofEmail, ofName) => {
  expect([judged(text, 'email'), judged(text, 'name')]).toEqual([ofEmail, ofName]);
});

test('a table of that name in the schema that the session was in is another one', () => {
  expect(judged('SELECT `email` FROM `users`', 'email', 'archive')).toBe('nothing');
  expect(judged('SELECT `email` FROM `shop` . `users`', 'email', 'archive')).toBe('reads');
  expect(judged('SELECT `email` FROM `users`', 'email', null)).toBe('reads');
});

test('names compare without regard to case', () => {
  expect(judged('SELECT `EMail` FROM `Users`', 'email')).toBe('reads');
});

test('of a table as such, each statement counts that names it', () => {
  expect(judged('SELECT ? FROM `users`', null)).toBe('reads');
  expect(judged('DELETE FROM `users`', null)).toBe('writes');
  expect(judged('SELECT ? FROM `orders`', null)).toBe('nothing');
});

test('a text that was not read whole counts', () => {
  expect(
    digestNaming({ schema: 'shop', text: 'SELECT ?', isWhole: false, room: 1024 }, table, 'email'),
  ).toMatchObject({
    names: true,
    doubtful: true,
  });
});
