import { describe, expect, test } from 'vitest';
import { reportPage } from '../../report/html.ts';
import { parseReport, reportJson, type Report } from '../../report/report.ts';
import { sampleReport, unmeasuredReport } from './sample-report.ts';

const sections = [
  'ticket',
  'timeline',
  'latency',
  'reads',
  'backfill',
  'locks',
  'database',
  'verification',
  'evidence',
  'audit',
  'cost',
  'statements',
];

const textOf = (page: string): string =>
  page.replaceAll(/<style>[\s\S]*?<\/style>|<[^>]*>/gu, ' ').replaceAll(/\s+/gu, ' ');

test('every section is on the page, in its order, whatever was measured', () => {
  for (const report of [sampleReport(), unmeasuredReport()]) {
    const found = [...reportPage(report).matchAll(/<section id="([\w-]+)"/gu)].map(([, id]) => id);
    expect(found).toEqual(sections);
  }
});

describe('what people wrote', () => {
  const hostile = `"><script>alert(1)</script>'<img src=x onerror=alert(1)>&amp;\u0000`;

  test('stays text wherever it stands', () => {
    const clean = reportPage(sampleReport());
    const page = reportPage(everyText(sampleReport(), (text) => (isFixed(text) ? text : text + hostile)));
    expect(page).not.toMatch(/<script|<img/u);
    // No tag more than without it.
    expect(page.match(/<[a-z]/gu)?.length).toBe(clean.match(/<[a-z]/gu)?.length);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).toContain('&amp;amp;\uFFFD');
  });

  test('cannot be run or fetch anything even if an escape were forgotten', () => {
    const page = reportPage(sampleReport());
    const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/u.exec(page)?.[1];
    expect(policy?.replaceAll('&#39;', "'")).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    );
    expect(page).not.toMatch(/\b(?:src|href|action)=|url\(|@import/u);
  });
});

// Enums, times and names that the model fixes.
const isFixed = (text: string): boolean => {
  const enums =
    /^(?:rehearsal|run|completed|decision|event|pass|fail|approve|brief|batch|online|verify|reconcile|repair|before-contract|requests|reads)$/u;
  const phases =
    /^(?:plan|expand|dual-write|backfill|verify|read-switch|confidence|quarantine|contract|rollback)$/u;
  return enums.test(text) || phases.test(text) || /^\d{4}-\d\d-\d\dT/u.test(text);
};

function everyText(report: Report, change: (text: string) => string): Report {
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return change(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)]));
  };
  return parseReport(JSON.stringify(walk(report)));
}

describe('what was not measured', () => {
  test('is said, with its reason, and never drawn', () => {
    const page = reportPage(unmeasuredReport());
    expect(textOf(page)).toContain('Not measured: the application published no reads to CloudWatch.');
    expect(page.match(/<svg class="chart"/gu)).toBeNull();
  });

  test('is no zero among the numbers at the top', () => {
    const numbers = /<ul class="numbers">([\s\S]*?)<\/ul>/u.exec(reportPage(unmeasuredReport()))?.[1] ?? '';
    expect(textOf(numbers).match(/not measured/gu)).toHaveLength(6);
    expect(textOf(numbers)).not.toMatch(/\b0\b/u);
  });

  test('leaves a gap in a line', () => {
    const { latency, ...rest } = sampleReport();
    if ('notMeasured' in latency) throw new Error('the sample measures its latency');
    const [line] = latency.lines;
    if (!line) throw new Error('the sample has a line');
    const points = line.points.map((point, at) =>
      at === 10 ? { ...point, p50: null, p95: null, p99: null } : point,
    );
    const page = reportPage({ ...rest, latency: { ...latency, lines: [{ ...line, points }] } });
    const paths = [...page.matchAll(/<path class="p95" d="([^"]*)"/gu)].map(([, d = '']) => d);
    expect(paths[0]?.match(/M/gu)).toHaveLength(2);
  });
});

describe('a series', () => {
  const withPoints = (count: number, stepMs: number): Report => {
    const report = sampleReport();
    if ('notMeasured' in report.latency) throw new Error('the sample measures its latency');
    const start = Date.parse(report.ticket.from);
    const points = Array.from({ length: count }, (_, at) => ({
      at: new Date(start + at * stepMs).toISOString(),
      requests: 100,
      failed: 0,
      p50: 1,
      p95: 2,
      p99: at === 77_777 ? 4321 : 3,
    }));
    const [line] = report.latency.lines;
    return {
      ...report,
      ticket: { ...report.ticket, to: new Date(start + count * stepMs).toISOString() },
      latency: { ...report.latency, lines: line ? [{ ...line, points }] : [] },
    };
  };

  test('of one sample is a dot, not nothing and not an error', () => {
    const page = reportPage(withPoints(1, 1000));
    expect(page).toMatch(/<path class="p95" d="M[\d.]+,[\d.]+Z"/u);
    expect(page).not.toMatch(/NaN|Infinity|undefined/u);
  });

  test('of 100,000 samples is a page below 500 kB that still shows the one spike', () => {
    const page = reportPage(withPoints(100_000, 60_000));
    expect(page.length).toBeLessThan(500_000);
    const path = /<path class="p99" d="([^"]*)"/u.exec(page)?.[1] ?? '';
    const heights = [...path.matchAll(/,([\d.]+)/gu)].map(([, y]) => Number(y));
    // The top of a chart is small: one point stands far above all others.
    expect(heights.filter((y) => y < 100)).toHaveLength(1);
    expect(textOf(page)).toContain('4,321 ms');
  });

  test('without a single point is no error', () => {
    expect(reportPage(withPoints(0, 1000))).not.toMatch(/NaN|Infinity/u);
  });
});

test('hundreds of comparisons fill no page: what was not clean is shown, the rest is counted', () => {
  const report = sampleReport();
  const at = report.ticket.from;
  const passes = Array.from({ length: 500 }, (_, index) => ({
    name: `reconcile-1-${index}`,
    kind: 'reconcile' as const,
    from: at,
    to: at,
    rows: 10,
    changed: index === 250 ? 7 : 0,
    finished: true,
  }));
  const page = reportPage({ ...report, verification: { passes } });
  const rows = /<section id="verification">[\s\S]*?<\/section>/u.exec(page)?.[0].match(/<tr>/gu)?.length ?? 0;
  expect(rows).toBe(42);
  expect(textOf(page)).toContain('459 more, all finished without a difference');
});

test('JSON and back is the same report, and a report of another shape is refused', () => {
  const report = sampleReport();
  expect(parseReport(reportJson(report))).toEqual(report);
  expect(() => parseReport(JSON.stringify({ ...report, version: 2 }))).toThrow();
  expect(() => parseReport(JSON.stringify({ ...report, surprise: true }))).toThrow();
  expect(() => reportJson({ ...report, madeAt: 'yesterday' })).toThrow();
});
