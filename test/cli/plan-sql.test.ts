import { expect, test } from 'vitest';
import { planSql } from '../../cli/plan/sql.ts';
import { usualAssumptions } from '../../engine/preview/estimate.ts';
import { preview } from '../../engine/preview/preview.ts';
import { parseSpec } from '../../engine/spec/spec.ts';

test('a name with a line of its own stays inside its comment', () => {
  const spec = parseSpec('goal: g\ntable: users\nchange: { kind: rename-column, from: a, to: b }', 'm.yaml');
  const planned = preview(spec, null, { today: '2026-01-01', assumptions: usualAssumptions });
  for (const end of ['\n', '\r', '\r\n']) {
    const fact = `index a${end}DROP TABLE users`;
    const findings = [{ key: '', fact, remedy: '' }];
    const script = planSql({ ...planned, engine: 'postgres', phases: [], findings });
    const lines = script.split(/[\r\n]+/u).filter((line) => line !== '' && !line.startsWith('--'));
    expect(lines).toEqual(['CREATE SCHEMA IF NOT EXISTS underpin;']);
  }
});
