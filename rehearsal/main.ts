import { rehearseFromTerminal } from './from-terminal.ts';

process.exitCode = await rehearseFromTerminal(process.argv.slice(2));
