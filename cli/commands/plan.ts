import type { Command } from 'commander';
import { parseSpec } from '../../engine/spec.ts';
import { readInput } from '../input-file.ts';
import type { Session } from '../program.ts';
import { UsageError } from '../usage-error.ts';

/** `underpin plan FILE`: what a migration would do, before it does anything. */
export function plan(program: Command, { screen }: Session): void {
  program
    .command('plan')
    .description('Show what a migration would do: its SQL, its locks, its way back, its time and its price.')
    .argument('<file>', 'the migration, such as migrations/0001-rename-users-email.yaml')
    .option('--json', 'answer with one JSON document')
    .action(async (file: string) => {
      const spec = parseSpec(await readInput(file, (message) => new UsageError(message)), file);
      screen.line(`${spec.name}: ${spec.goal}`);
    });
}
