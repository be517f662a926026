import type { ListedCommand } from '../cli/listed-command.ts';

/** `underpin rehearse`: reads its words itself. */
export const rehearse: ListedCommand = {
  usage: 'rehearse [words...]',
  does: 'Run a whole migration on this machine, under live traffic, and measure it.',
  load: async () => {
    const { rehearseFromTerminal } = await import('./from-terminal.ts');
    return (command, { end }) => {
      command
        .argument('[words...]', '[FILE] [options]; --help shows them all')
        .helpOption(false)
        .allowUnknownOption()
        .action(async (words: readonly string[]) => end(await rehearseFromTerminal(words)));
    };
  },
};
