/** A shipped migration, and what of it one UPDATE does. */
export interface Subject {
  readonly name: string;
  readonly file: string;
  readonly table: string;
  readonly to: string;
  readonly type: string;
  readonly value: string;
}

export const subjects: readonly Subject[] = [
  {
    name: 'rename',
    file: 'migrations/0001-rename-users-email.yaml',
    table: 'users',
    to: 'email_address',
    type: 'text',
    value: 'email',
  },
  {
    name: 'convert',
    file: 'migrations/0002-orders-amount-to-decimal.yaml',
    table: 'orders',
    to: 'amount_v2',
    type: 'numeric(14,4)',
    value: 'amount / 100.0',
  },
];
