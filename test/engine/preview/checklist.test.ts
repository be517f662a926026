import { describe, expect, test } from 'vitest';
import { checklistOf, openForAuthor, refuseWhileOpen } from '../../../engine/preview/checklist.ts';
import { dialectOf } from '../../../engine/dialects/dialects.ts';
import { PreflightFailed } from '../../../engine/database/errors.ts';
import { parseSpec, type Spec } from '../../../engine/spec/spec.ts';
import { statisticsOf } from '../statistics-of.ts';

const short = `goal: Rename it
table: public.users
change:
  kind: rename-column
  from: email
  to: mail
`;
const answers = `owner: identity-team
deadline: 2026-12-20
changeWindow: { notBefore: '2026-12-01T06:00:00Z', avoid: ['Mon-Fri 08:00-18:00'], timeZone: UTC }
checklist:
  rollbackNote: Reads go back.
  trafficProfile: Peaks at eight.
  dashboards: [https://example.com/d]
  notify: ['#oncall']
`;
const specOf = (text: string): Spec => parseSpec(text, 'm.yaml');
const known = (text: string, statistics = statisticsOf()) => ({
  spec: specOf(text),
  statistics,
  sql: dialectOf('postgres'),
  readsMove: true,
});
const answerOf = (item: string, statistics = statisticsOf()): string =>
  checklistOf(known(short + answers, statistics)).find((each) => each.item === item)?.answer ??
  'no such item';

describe('the pre-flight checklist', () => {
  test('is complete when the author has answered and the product knows the rest', () => {
    const items = checklistOf(known(short + answers));
    expect(items.filter(({ state }) => state === 'open')).toEqual([]);
    expect(items.map(({ item }) => item)).toEqual([
      'goal',
      'owner',
      'rollback note',
      'deadline',
      'data map',
      'traffic profile',
      'change window',
      'switches',
      'idempotency',
      'strategy',
      'dashboards',
      'who is notified',
    ]);
    expect(() => refuseWhileOpen(known(short + answers))).not.toThrow();
  });

  test('refuses a start with every open item at once, its place and the key to write', () => {
    const refusal = (() => {
      try {
        refuseWhileOpen(known(short));
      } catch (error) {
        return error;
      }
      return undefined;
    })();
    expect(refusal).toBeInstanceOf(PreflightFailed);
    expect(String(refusal)).toBe(`PreflightFailed: m does not start while 7 items of its checklist are open:
m.yaml:1:1 owner: not written yet. Write \`owner: identity-team\`.
m.yaml:1:1 checklist.rollbackNote: rollback note: not written yet. Write \`rollbackNote: what people lose and must do\` under \`checklist:\`.
m.yaml:1:1 deadline: not written yet. Write \`deadline: 2026-12-20\`.
m.yaml:1:1 checklist.trafficProfile: traffic profile: not written yet (counted on average over 1h: 0 rows written, 0 index scans, 0 whole scans a second). Write \`trafficProfile: peak hours, batch jobs, long queries\` under \`checklist:\`.
m.yaml:1:1 changeWindow: change window: not written yet. Write \`changeWindow: { avoid: ['Mon-Fri 08:00-18:00'], timeZone: UTC }\`, or \`changeWindow: {}\` for any time.
m.yaml:1:1 checklist.dashboards: dashboards: not written yet. Write \`dashboards: [https://…]\` under \`checklist:\`.
m.yaml:1:1 checklist.notify: who is notified: not written yet. Write \`notify: ["#oncall"]\` under \`checklist:\`.`);
  });

  test('says what of it only the author can answer', () => {
    expect(openForAuthor(specOf(short))).toEqual([
      'owner',
      'rollback note',
      'deadline',
      'traffic profile',
      'change window',
      'dashboards',
      'who is notified',
    ]);
    expect(openForAuthor(specOf(short + answers))).toEqual([]);
  });

  test('is open where a large table was never analysed: nobody knows its rows', () => {
    const large = statisticsOf({ rows: -1, tableBytes: 5_000_000 });
    expect(() => refuseWhileOpen(known(short + answers, large))).toThrow(
      'data map: public.users has 5 MB, and was never analysed, so nobody knows how many rows. Run ANALYZE "public"."users".',
    );
    expect(() =>
      refuseWhileOpen(known(short + answers, statisticsOf({ rows: -1, tableBytes: 8192 }))),
    ).not.toThrow();
  });

  test('says when nothing is begun, in the words of the file', () => {
    expect(answerOf('change window')).toBe(
      'not before 2026-12-01T06:00:00.000Z, not in Mon-Fri 08:00-18:00 (UTC)',
    );
    const any = (short + answers).replace(/changeWindow: .*/u, 'changeWindow: {}');
    expect(checklistOf(known(any))[6]).toMatchObject({
      item: 'change window',
      state: 'done',
      answer: 'any time',
    });
  });

  test('finds where rows gather, and names no value', () => {
    expect(answerOf('data map', statisticsOf({ keyShare: 0.34 }))).toContain(
      "hot: one value of the key's first column has 34 % of the rows",
    );
    expect(answerOf('data map', statisticsOf({ keyOrder: 0.99 }))).toContain('hot: the newest keys');
    expect(answerOf('data map', statisticsOf({ keyOrder: 0.01 }))).toContain('no hot range');
  });

  test('puts what the server has counted beside what the author says of the traffic', () => {
    const busy = statisticsOf({ countedSeconds: 100, updates: 2000, indexScans: 5, wholeScans: 1 });
    expect(answerOf('traffic profile', busy)).toBe(
      'Peaks at eight. (counted on average over 1m40s: 20 rows written, < 0.1 index scans, < 0.1 whole scans a second)',
    );
  });
});
