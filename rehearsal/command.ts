import type { Registers } from '../cli/program.ts';

/** `underpin rehearse`: reads its words itself, and is loaded when somebody rehearses. */
export const rehearse: Registers = (program, { end }) => {
  program
    .command('rehearse')
    .description('Run a whole migration on this machine, under live traffic, and measure it.')
    .argument('[words...]', '[FILE] [options]; --help shows them all')
    .helpOption(false)
    .allowUnknownOption()
    .action(async (words: readonly string[]) => {
      const { rehearseFromTerminal } = await import('./from-terminal.ts');
      end(await rehearseFromTerminal(words));
    });
};
