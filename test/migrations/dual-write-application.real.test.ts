import { migrationTest } from './migration-test.ts';

migrationTest('rename-column, both sides written by the application', {
  file: 'migrations/0036-products-name-to-title.yaml',
  table: 'public.products',
  phases: ['expand', 'backfill', 'verify', 'read-switch', 'confidence', 'quarantine'],
  gates: ['read-switch', 'contract'],
  stops: ['backfill', 'read-switch', 'confidence', 'quarantine'],
  backFirst: ['confidence', 'quarantine'],
  columnsAfter: {
    id: 'integer NOT NULL',
    sku: 'character varying(20) NOT NULL',
    created_at: 'timestamp with time zone NOT NULL DEFAULT now()',
    title: 'text NOT NULL',
  },
});
