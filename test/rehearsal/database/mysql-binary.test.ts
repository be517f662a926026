import { expect, test } from 'vitest';
import { findMysql, readVersion } from '../../../rehearsal/database/mysql-binary.ts';

const mysqld = '/usr/sbin/mysqld';

test('a MySQL says its version', () => {
  const says = '/usr/sbin/mysqld  Ver 8.0.29 for Linux on x86_64 (MySQL Community Server - GPL)';
  expect(readVersion(mysqld, says)).toBe('8.0.29');
  expect(readVersion(mysqld, '/usr/sbin/mysqld  Ver 9.7.4-2 for Linux on x86_64 ((Debian))')).toBe('9.7.4');
});

test('MariaDB is refused by its name', () => {
  const says = 'mysqld  Ver 11.8.3-MariaDB-0+deb13u1 for debian-linux-gnu on x86_64 (Debian 13)';
  expect(() => readVersion(mysqld, says)).toThrow(/is MariaDB, which differs from MySQL/);
});

test('a MySQL before 8.0.29 is refused with the version that it is', () => {
  const old = (version: string) =>
    `mysqld  Ver ${version} for Linux on x86_64 (MySQL Community Server - GPL)`;
  expect(() => readVersion(mysqld, old('5.7.44'))).toThrow(/is MySQL 5.7.44; 8.0.29 is the oldest/);
  expect(() => readVersion(mysqld, old('8.0.28'))).toThrow(/is MySQL 8.0.28/);
  expect(readVersion(mysqld, old('8.4.0'))).toBe('8.4.0');
});

test('a named program that does not run is an error, not the next one found', () => {
  expect(() => findMysql({ UNDERPIN_MYSQLD: '/nowhere/mysqld', PATH: process.env['PATH'] })).toThrow(
    /\/nowhere\/mysqld does not tell its version/,
  );
});
