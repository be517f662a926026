import { parseArgs } from 'node:util';
import { census } from './census/census.ts';

// What a database's own tables could be given: every column of every table, or N that are drawn at random, is asked for a plan of
// each kind. Nothing of a plan is executed, and nothing that planning makes stays.
const usage = 'npm run bench:census -- --database-url URL [--columns N]';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const { values } = parseArgs({
  options: { 'database-url': { type: 'string' }, columns: { type: 'string' } },
});
const { 'database-url': url, columns: drawn } = values;
if (url === undefined) refuse('A census needs a database');
if (drawn !== undefined && !/^[1-9]\d*$/u.test(drawn)) refuse('--columns is a whole number above 0');

const { tables, columns, tally } = await census(url, {
  ...(drawn === undefined ? {} : { columns: Number(drawn) }),
  each: ({ schema, name }) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${schema}.${name}`);
  },
});
if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
process.stdout.write(`${[`${tables} tables, ${columns} columns`, ...tally.lines()].join('\n')}\n`);

function refuse(why: string): never {
  process.stderr.write(`${why}: ${usage}\n`);
  process.exit(2);
}
