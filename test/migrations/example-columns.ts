type Columns = Readonly<Record<string, string>>;

/** Tables of the example schema as the catalog has them: columns by name, with type, NOT NULL and default. */
export const usersColumns: Columns = {
  id: 'bigint NOT NULL',
  email: 'text NOT NULL',
  name: 'text',
  country: 'character(2)',
  last_seen: 'timestamp with time zone',
  created_at: 'timestamp with time zone NOT NULL DEFAULT now()',
};

export const ordersColumns: Columns = {
  id: 'bigint NOT NULL',
  user_id: 'bigint NOT NULL',
  amount: 'integer NOT NULL DEFAULT 0',
  currency: "character(3) NOT NULL DEFAULT 'EUR'::bpchar",
  status: "text NOT NULL DEFAULT 'placed'::text",
  created_at: 'timestamp with time zone NOT NULL DEFAULT now()',
};

export const without = (columns: Columns, ...gone: readonly string[]): Columns =>
  Object.fromEntries(Object.entries(columns).filter(([name]) => !gone.includes(name)));
