import { expect } from 'vitest';
import { migrationTest } from './migration-test.ts';

migrationTest('rename-column that carries a view', {
  file: 'migrations/0033-reviews-stars-to-rating.yaml',
  table: 'public.reviews',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'read-switch', 'confidence', 'quarantine'],
  gates: ['read-switch', 'contract'],
  stops: ['read-switch', 'quarantine'],
  columnsAfter: {
    id: 'bigint NOT NULL',
    product_id: 'bigint NOT NULL',
    words: 'text',
    rating: 'smallint NOT NULL',
  },
  viewsAfter: [
    expect.stringMatching(
      /^product_ratings [^]*max\(rating\)[^]*beside a product \{bigint,smallint,bigint\}$/u,
    ),
  ],
});

migrationTest('change-type under the same name, with a view over the column', {
  file: 'migrations/0034-reviews-stars-to-integer.yaml',
  table: 'public.reviews',
  phases: ['expand', 'dual-write', 'backfill', 'verify', 'swap', 'confidence'],
  gates: ['swap', 'contract'],
  stops: ['swap', 'confidence'],
  columnsAfter: {
    id: 'bigint NOT NULL',
    product_id: 'bigint NOT NULL',
    words: 'text',
    stars: 'integer NOT NULL',
  },
  viewsAfter: [
    expect.stringMatching(
      /^product_ratings [^]*max\(stars\)[^]*beside a product \{bigint,integer,bigint\}$/u,
    ),
  ],
});
