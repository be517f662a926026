/** Columns of `users` of MySQL's example schema as its catalog has them. */
export const usersColumns: Readonly<Record<string, string>> = {
  id: 'bigint unsigned NOT NULL',
  email: 'varchar(190) NOT NULL',
  name: 'varchar(120)',
  country: 'char(2)',
  last_seen: 'datetime(3)',
  created_at: 'datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)',
};
