import { bars } from '../plot.ts';
import { legend, median, ratiosOf, underTheSame } from '../results.ts';
import { chosen, rowsOf, type Section } from '../section.ts';
import { exchangeOf, exchangeTable, type Exchange } from './exchange.ts';
import { mysqlRatesTable } from './rates-table.ts';
import { ratesOf } from './rates.ts';
import { exchanged, mysqlSubjects } from './subjects.ts';

const usualRows = 300_000;

/** Rates on MySQL, and what an exchange of two tables locks. */
export const onMysql: Section = async (bench) => {
  const { options, machine } = bench;
  const rows = rowsOf(options, usualRows);
  const asked = chosen(options, mysqlSubjects);
  const subjects = [];
  for (const subject of asked)
    subjects.push(await bench.on(subject, rows, (url) => ratesOf(bench, { url, rows, subject })));
  const exchanges: Exchange[] = [];
  for (let round = 1; asked.includes(exchanged) && round <= options.rounds; round += 1) {
    const exchange = await exchangeOf(bench, rows);
    bench.say(exchanged.name, 'RENAME TABLE', `${exchange.lockedMs.toFixed(1)} ms`);
    exchanges.push(exchange);
  }
  const results = { machine, rows, rounds: options.rounds, subjects };
  const plot = bars({
    title: `Rows per second beside one statement under the same triggers = 1 (${rows.toLocaleString('en-US')} rows)`,
    groups: subjects.map(({ subject, ways }) => ({
      name: subject,
      bars: Object.keys(ways).map((way) => ({
        label: way,
        value: median(ratiosOf(ways, way, underTheSame)),
      })),
    })),
  });
  const text = [
    mysqlRatesTable(results),
    legend(asked),
    ...(exchanges.length === 0
      ? []
      : [
          `The exchange of \`${exchanged.name}\`, beside ${options.requestsPerSecond} requests a second:`,
          exchangeTable(exchanges),
        ]),
  ].join('\n\n');
  return { results: { ...results, exchanges }, text, plot };
};
