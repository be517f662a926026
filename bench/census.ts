import { parseArgs } from 'node:util';
import { census } from './census/census.ts';

// What a database's own tables could be given: every column of every table is asked for a plan of each kind.
// Nothing of a plan is executed, and nothing that planning makes stays. Usage: npm run bench:census -- --database-url URL

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const { values } = parseArgs({ options: { 'database-url': { type: 'string' } } });
const url = values['database-url'];
if (url === undefined) {
  process.stderr.write('A census needs a database: npm run bench:census -- --database-url URL\n');
  process.exit(2);
}

const { tables, columns, tally } = await census(url, ({ schema, name }) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${schema}.${name}`);
});
if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
process.stdout.write(`${[`${tables} tables, ${columns} columns`, ...tally.lines()].join('\n')}\n`);
