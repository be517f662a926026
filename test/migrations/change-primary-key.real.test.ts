import { migrationTest } from './migration-test.ts';

migrationTest('change-primary-key', {
  file: 'migrations/0032-products-key-to-bigint.yaml',
  table: 'public.products',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'swap', 'confidence'],
  gates: ['swap', 'contract'],
  stops: ['verify', 'swap', 'confidence'],
  columnsAfter: {
    sku: 'character varying(20) NOT NULL',
    name: 'text NOT NULL',
    created_at: 'timestamp with time zone NOT NULL DEFAULT now()',
    id: 'bigint NOT NULL',
  },
});
