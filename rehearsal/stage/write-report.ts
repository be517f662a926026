import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { reportPage } from '../../report/html.ts';
import { reportJson, type Report } from '../../report/report.ts';
import { dataFile } from '../options.ts';

/** Writes the page and, beside it, its data; gives the page's file. */
export async function writeReport(report: Report, page: string): Promise<string> {
  await mkdir(dirname(page), { recursive: true });
  await writeFile(dataFile(page), reportJson(report));
  await writeFile(page, reportPage(report));
  return page;
}
