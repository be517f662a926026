import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Plan } from '../../../../engine/plan/plan.ts';
import { planAsReviewed } from '../../plan-as-reviewed.ts';

const goldens = new URL('../../../golden/mysql/', import.meta.url);

/** A plan is as a DBA has read it, in the file of its name; `UPDATE_GOLDENS=1 npx vitest run --project mysql` writes it anew. */
export function asReviewed(plan: Plan, schema: string): void {
  const golden = new URL(`${plan.migration}.sql`, goldens);
  const text = planAsReviewed(plan, 'MySQL')
    .replaceAll(schema, 'shop')
    // When the server began.
    .replaceAll(/since \d{4}-\d\d-\d\d/gu, 'since YYYY-MM-DD')
    // The server estimates in its own time.
    .replaceAll(/about [\d,]+ rows/gu, 'about N rows');
  if (process.env['UPDATE_GOLDENS'] === '1') {
    mkdirSync(goldens, { recursive: true });
    writeFileSync(golden, text);
  }
  expect(existsSync(golden) ? readFileSync(golden, 'utf8') : 'no such file').toBe(text);
}
