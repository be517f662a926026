import { migrationTest } from './migration-test.ts';

migrationTest('change-primary-key', {
  file: 'migrations/mysql/0013-visits-key-to-bigint.yaml',
  table: 'visits',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'swap', 'confidence'],
  gates: ['swap', 'contract'],
  stops: ['backfill', 'swap', 'confidence'],
  columnsAfter: {
    id: 'bigint NOT NULL',
    page: 'varchar(190) NOT NULL',
    seconds: 'smallint unsigned',
    seen_at: 'datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)',
  },
});
