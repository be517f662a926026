import { describe, expect, test } from 'vitest';
import { AwsCommands } from '../../cli/runbook/aws-commands.ts';
import { runbook, sqlScript } from '../../cli/runbook/runbook.ts';
import type { Address } from '../../cli/aws/address.ts';
import type { Closeup } from '../../cli/status/look.ts';
import { closeup } from './sample-closeup.ts';

const address: Address = {
  name: 'shop',
  region: 'eu-central-1',
  profile: undefined,
  target: undefined,
  rehearsal: null,
  words: '',
};

const standing = (truth: Closeup['migration']['truth']): Closeup =>
  closeup(
    {},
    {
      truth,
      steps: [
        { phase: 'expand', applied: true, undo: [] },
        {
          phase: 'read-switch',
          applied: true,
          undo: [{ kind: 'brief', does: 'email is the truth again', lock: 'none', statements: [] }],
        },
      ],
    },
  );
const written = (look: Closeup): string => runbook(look, address).join('\n');

describe('the way back of a migration whose new side is the truth of an application that writes both', () => {
  test('copies before it turns round, goes back at a new start, and has no SQL for a person', () => {
    const look = standing('new');
    expect(written(look)).toMatch(/pass after pass.*\n.*undo read-switch: email is the truth again/u);
    expect(written(look)).toContain('goes back and nowhere else');
    expect(sqlScript(look.migration, look.surroundings).filter((line) => !line.startsWith('--'))).toEqual([]);
    expect(written(look)).not.toContain('underpin.applied');
  });

  test('is the usual one while the old side is the truth, and where triggers write both', () => {
    for (const truth of ['old', null] as const) {
      const look = standing(truth);
      expect(written(look)).not.toContain('pass after pass');
      expect(sqlScript(look.migration, look.surroundings).join('\n')).toContain('undo read-switch');
    }
  });

  test('leaves writers strict where the reads go back without any function', () => {
    const { surroundings } = closeup();
    const aws = new AwsCommands(address, surroundings);
    expect(aws.readsBack('m', true).join('\n')).toMatch(
      /test\("-\(strict\|truth\)-"\)\) then .*old-0-strict-new.* else .*"old-0"/u,
    );
    expect(aws.readsBack('m', false).join('\n')).not.toContain('strict');
  });
});
