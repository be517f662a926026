import headless from '@xterm/headless';
import chromium from '@sparticuz/chromium';
import { spawn } from '@lydell/node-pty';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium as browsers } from 'playwright-core';

// Draws docs/terminal.svg and docs/report.png from a rehearsal that it runs: `npm run pictures`, on a machine that does nothing else.

const columns = 80;
const [cell, line, margin] = [8.43, 19, 16];
const palette = ['#3b4048', '#d8483e', '#3f8f4f', '#a66f00', '#2f6fd0', '#9a4fb5', '#1d8a99', '#5b6470'];

const terminal = new headless.Terminal({
  cols: columns,
  rows: 200,
  allowProposedApi: true,
  convertEol: false,
});

const program = spawn(process.execPath, ['--import', 'tsx', 'rehearsal/main.ts', '--approve'], {
  cols: columns,
  rows: 60,
  env: { ...process.env, TERM: 'xterm-256color' },
});
program.onData((data) => terminal.write(data));
const code = await new Promise<number>((ended) => program.onExit(({ exitCode }) => ended(exitCode)));
if (code !== 0) throw new Error(`the rehearsal ended with ${code}`);
await new Promise<void>((written) => terminal.write('', written));

writeFileSync('docs/terminal.svg', drawn());
await photographed(reportIn(screenText()));

function screenText(): string {
  const { active } = terminal.buffer;
  return Array.from(
    { length: active.length },
    (_, y) => active.getLine(y)?.translateToString(true) ?? '',
  ).join('\n');
}

function reportIn(text: string): string {
  const file = /report +(?<file>\.rehearsal\S+\.html)/u.exec(text)?.groups?.['file'];
  if (file === undefined) throw new Error(`the rehearsal named no report:\n${text}`);
  return resolve(file);
}

/** The screen as text of one width, coloured as it was. */
function drawn(): string {
  const { buffer } = terminal;
  const rows: string[] = [];
  for (let y = 0; y < buffer.active.length; y += 1) {
    const text = buffer.active.getLine(y)?.translateToString(true) ?? '';
    rows.push(text.trim() === '' ? '' : spans(y));
  }
  while (rows.at(-1) === '') rows.pop();
  const [width, height] = [columns * cell + 2 * margin, rows.length * line + 2 * margin];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${Math.ceil(width)} ${height}" role="img" aria-label="A rehearsal on a terminal of 80 columns" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace" font-size="14">`,
    `<rect width="100%" height="100%" rx="8" fill="#f7f8fa"/>`,
    ...rows.flatMap((text, y) =>
      text === ''
        ? []
        : [`<text xml:space="preserve" x="${margin}" y="${margin + (y + 0.75) * line}">${text}</text>`],
    ),
    '</svg>',
    '',
  ].join('\n');
}

function spans(y: number): string {
  const row = terminal.buffer.active.getLine(y);
  const parts: { style: string; text: string }[] = [];
  for (let x = 0; x < columns; x += 1) {
    const at = row?.getCell(x);
    if (at === undefined) continue;
    const colour = at.isFgPalette() ? (palette[at.getFgColor() % 8] ?? '#1b1f24') : '#1b1f24';
    const style = `fill="${at.isDim() ? '#6b7480' : colour}"${at.isBold() ? ' font-weight="700"' : ''}`;
    const text = at.getChars() === '' ? ' ' : at.getChars();
    const last = parts.at(-1);
    if (last?.style === style) last.text += text;
    else parts.push({ style, text });
  }
  return parts
    .map(({ style, text }) => `<tspan ${style}>${escaped(text)}</tspan>`)
    .join('')
    .replace(/ +<\/tspan>$/u, '</tspan>');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

async function photographed(report: string): Promise<void> {
  // One process for all would die with the first page that is closed.
  const oneProcess = new Set(['--single-process', '--no-zygote']);
  const browser = await browsers.launch({
    executablePath: await chromium.executablePath(),
    args: chromium.args.filter((argument) => !oneProcess.has(argument)),
  });
  const page = await browser.newPage({ viewport: { width: 860, height: 1000 } });
  await page.goto(pathToFileURL(report).href);
  await page.evaluate(`document.querySelector('#warnings')?.remove()`);
  await page.screenshot({ path: 'docs/report.png', clip: { x: 0, y: 0, width: 860, height: 1000 } });
  await browser.close();
}
