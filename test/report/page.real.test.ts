import chromium from '@sparticuz/chromium';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium as browsers, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { reportPage } from '../../report/html.ts';
import { isMeasured, parseReport, type Report } from '../../report/report.ts';
import { milliseconds } from '../../report/wording.ts';
import { sampleReport, unmeasuredReport } from './sample-report.ts';

// The npm package brings a browser for this platform alone; the pages are the same everywhere.
const hasBrowser = process.platform === 'linux' && process.arch === 'x64';
if (!hasBrowser)
  console.warn(
    `no browser for ${process.platform}-${process.arch}: the tests of the report's page are left out`,
  );

// One process for all would die with the first page that is closed.
const oneProcess = new Set(['--single-process', '--no-zygote']);
const a4WidthPx = 680;

let browser: Browser;
let folder: string;
beforeAll(async () => {
  if (!hasBrowser) return;
  browser = await browsers.launch({
    executablePath: await chromium.executablePath(),
    args: chromium.args.filter((argument) => !oneProcess.has(argument)),
  });
  folder = await mkdtemp(join(tmpdir(), 'underpin-report-'));
});
afterAll(async () => {
  if (!hasBrowser) return;
  await browser.close();
  await rm(folder, { recursive: true });
});

interface Opened {
  readonly page: Page;
  /** What the console said and what was asked for besides the page itself. */
  readonly noise: readonly string[];
}

async function opened(report: Report, options: BrowserContextOptions = {}): Promise<Opened> {
  const file = join(folder, `${Math.random()}.html`);
  await writeFile(file, reportPage(report));
  const page = await browser.newPage(options);
  const noise: string[] = [];
  const url = pathToFileURL(file).href;
  page.on('console', (message) => noise.push(message.text()));
  page.on('pageerror', (error) => noise.push(error.message));
  page.on('request', (request) => request.url() === url || noise.push(request.url()));
  await page.goto(url);
  return { page, noise };
}

const inPage = readFileSync(new URL('in-page.mjs', import.meta.url), 'utf8').replaceAll(
  /^\/\/.*$|;\s*$/gmu,
  '',
);
const ask = async <T>(page: Page, name: string, answer: z.ZodType<T>): Promise<T> =>
  answer.parse(await page.evaluate(`(${inPage}).${name}()`));
const texts = z.array(z.string());

const weeks = (): Report => {
  const report = sampleReport();
  const start = Date.parse(report.ticket.from);
  // Every moment a thousandfold later, and names as long as people make them.
  const text = JSON.stringify(report).replaceAll(/"(\d{4}-\d\d-\d\dT[^"]*)"/gu, (_, at: string) =>
    JSON.stringify(new Date(start + (Date.parse(at) - start) * 70_000).toISOString()),
  );
  const long = parseReport(text);
  return {
    ...long,
    kind: 'run',
    ticket: {
      ...long.ticket,
      goal: `Rename ${'averylongcolumnname_'.repeat(6)} once and for all`,
      owner: 'o'.repeat(80),
    },
    warnings: ['a warning that is '.repeat(12)],
  };
};

describe.skipIf(!hasBrowser)('the page', () => {
  test.each([
    ['of a rehearsal', sampleReport],
    ['of three weeks with long names', weeks],
    ['of which nothing was measured', unmeasuredReport],
  ])('%s is silent, whole at 360 pixels and on A4, and shows every section', async (_, make) => {
    const { page, noise } = await opened(make(), { viewport: { width: 360, height: 740 } });
    expect(await ask(page, 'width', z.number())).toBe(360);
    expect(await ask(page, 'cutOff', texts)).toEqual([]);
    const heights = await ask(page, 'heights', z.array(z.number()));
    expect(heights.length).toBeGreaterThan(10);
    for (const height of heights) expect(height).toBeGreaterThan(50);
    await page.setViewportSize({ width: a4WidthPx, height: 1000 });
    await page.emulateMedia({ media: 'print' });
    expect(await ask(page, 'width', z.number())).toBe(a4WidthPx);
    expect(await ask(page, 'cutOff', texts)).toEqual([]);
    expect(noise).toEqual([]);
    await page.close();
  });

  test.each([
    ['a phone', 360],
    ['paper', a4WidthPx],
  ])('on %s no label of a chart covers another, and every table that is open fits', async (_, width) => {
    for (const report of [sampleReport(), weeks()]) {
      const { page } = await opened(report, { viewport: { width, height: 740 } });
      expect(await ask(page, 'colliding', texts)).toEqual([]);
      expect(await ask(page, 'wider', texts)).toEqual([]);
      await page.close();
    }
  });

  test('folds the SQL and the figures away on paper, and says where the SQL is', async () => {
    const { page } = await opened(sampleReport());
    const [sql, figures] = [page.locator('pre').first(), page.locator('details.figures').first()];
    expect([await sql.isVisible(), await figures.isVisible()]).toEqual([false, true]);
    expect(await page.locator('#statements .on-paper').isVisible()).toBe(false);
    await page.emulateMedia({ media: 'print' });
    expect([await sql.isVisible(), await figures.isVisible()]).toEqual([false, false]);
    expect(await page.locator('#statements .on-paper').isVisible()).toBe(true);
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    expect(pdf.match(/\/Type\s*\/Page\b/gu)?.length).toBeGreaterThan(2);
    // A4 in points.
    expect(pdf).toMatch(/\/MediaBox\s*\[0 0 59[45][.\d]* 84[12]/u);
    await page.close();
  });

  test.each(['light', 'dark'] as const)(
    'can be read in %s: every text stands out from its ground',
    async (colorScheme) => {
      for (const report of [sampleReport(), unmeasuredReport(), weeks()]) {
        const { page } = await opened(report, { colorScheme });
        const found = await ask(
          page,
          'contrasts',
          z.object({ texts: z.number(), ground: z.string(), tooWeak: texts }),
        );
        expect(found.texts).toBeGreaterThan(40);
        expect(found.ground).toBe(colorScheme === 'dark' ? 'dark' : 'light');
        expect(found.tooWeak).toEqual([]);
        await page.close();
      }
    },
  );

  test('runs nothing of what people wrote, and shows it as they wrote it', async () => {
    const goal = '<script>document.title = "hit"</script><img src="x" onerror="document.title = \'hit\'">';
    const report = sampleReport();
    const { page, noise } = await opened({ ...report, ticket: { ...report.ticket, goal } });
    expect(await page.locator('h1').textContent()).toBe(goal);
    expect(await page.title()).toBe('rename-users-email: completed');
    expect(noise).toEqual([]);
    await page.close();
  });

  test('says the numbers of its data', async () => {
    const report = sampleReport();
    const { page } = await opened(report);
    const cells = async (section: string): Promise<string[][]> => {
      const rows = await page.locator(`#${section} table`).first().locator('tbody tr').all();
      return Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()));
    };
    const { verification, cost, latency } = report;
    if (!isMeasured(verification) || !isMeasured(cost) || !isMeasured(latency))
      throw new Error('the sample is measured');
    const plain = (text: string | undefined): number => Number(text?.replaceAll(/[,$]/gu, ''));
    expect((await cells('verification')).map((row) => [plain(row[2]), plain(row[3])])).toEqual(
      verification.passes.map(({ rows, changed }) => [rows, changed]),
    );
    expect((await cells('cost')).map(([what, quantity]) => [what, plain(quantity)])).toEqual(
      cost.items.map(({ what, quantity }) => [what, quantity]),
    );
    const [line] = latency.lines;
    expect(await cells('latency')).toEqual(
      (['before', 'during'] as const).map((when) => [
        when,
        ...(['p50', 'p95', 'p99'] as const).map((rank) => milliseconds(line?.[when]?.[rank] ?? -1)),
      ]),
    );
    const numbers = (await page.locator('.numbers li').allInnerTexts()).map((text) =>
      text.replaceAll(/\s+/gu, ' '),
    );
    expect(numbers).toEqual([
      '25.7 s took',
      '0 of 4,859 requests failed',
      '0 writes lost',
      '3.8 ms → 4.9 ms p95 before and during',
      '33 ms longest lock wait',
      '0 of 200,138 rows differ',
      '$0.0213 AWS bill',
    ]);
    await page.close();
  });
});
