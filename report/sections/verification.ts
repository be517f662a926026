import { span } from '../../engine/words/span.ts';
import { section, table, whereMeasured } from '../figures.ts';
import { html, type Markup } from '../markup.ts';
import type { Page } from '../page.ts';
import type { Pass } from '../report.ts';
import { plural, whole } from '../wording.ts';

const words: Readonly<Record<Pass['kind'], string>> = {
  verify: 'before the gates',
  repair: 'repair of what differed',
  reconcile: 'while both shapes lived',
  'before-contract': 'before the old shape went',
  'before-drop': 'in the quarantine, of rows that came',
};

/** Every time that all rows of both shapes were compared. */
export function verificationSection(page: Page): Markup {
  return section(
    'verification',
    'Verification',
    whereMeasured(page.report.verification, ({ passes }) =>
      passes.length === 0
        ? html`<p class="none">Not measured: no comparison was begun.</p>`
        : [html`<p>${summary(passes)}</p>`, passTable(page, passes)],
    ),
  );
}

function summary(passes: readonly Pass[]): string {
  const compared = passes.filter(({ kind, finished }) => kind !== 'repair' && finished);
  const last = compared.at(-1);
  if (last === undefined) return 'No comparison was finished.';
  const verdict =
    last.changed === 0 ? 'found no row that differed' : `found ${plural(last.changed, 'row')} that differed`;
  return `All rows were compared ${compared.length === 1 ? 'once' : `${whole(compared.length)} times`}; the last time, over ${plural(last.rows, 'row')}, the comparison ${verdict}.`;
}

// Of hundreds of clean reconciliations the first and the last say it all; what was not clean is always shown.
const mostRows = 40;

function passTable(page: Page, passes: readonly Pass[]): Markup {
  const shown =
    passes.length <= mostRows
      ? passes
      : passes.filter(
          (pass, at) =>
            at < mostRows / 2 || at >= passes.length - mostRows / 2 || pass.changed > 0 || !pass.finished,
        );
  const left = passes.length - shown.length;
  return table(
    ['When', 'What', 'Rows', 'Differed', 'Took'],
    'llrrr',
    shown.map((pass) => [
      page.when(pass.from),
      pass.finished ? words[pass.kind] : `${words[pass.kind]}, not finished`,
      whole(pass.rows),
      pass.kind === 'repair' ? `${whole(pass.changed)} repaired` : whole(pass.changed),
      span(Date.parse(pass.to) - Date.parse(pass.from)),
    ]),
    left === 0 ? undefined : `${whole(left)} more, all finished without a difference, are in the JSON.`,
  );
}
