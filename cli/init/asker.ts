/** A person who can be asked. */
export interface Asker {
  text(question: string, suggestion: string): Promise<string>;
  choice(question: string, choices: readonly Choice[]): Promise<string>;
  yes(question: string): Promise<boolean>;
  /** Why the last answer cannot be taken. */
  report(problem: string): void;
}

export interface Choice {
  readonly value: string;
  readonly name: string;
}

/** Asks on the terminal. */
export async function terminalAsker(report: (problem: string) => void): Promise<Asker> {
  const { confirm, input, search } = await import('@inquirer/prompts');
  return {
    text: (message, suggestion) => input({ message, ...(suggestion === '' ? {} : { default: suggestion }) }),
    choice: (message, choices) =>
      search({
        message,
        source: (typed) => choices.filter(({ name }) => name.includes(typed ?? '')),
      }),
    report,
    yes: (message) => confirm({ message, default: false }),
  };
}
