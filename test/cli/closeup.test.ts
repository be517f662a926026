import { describe, expect, test } from 'vitest';
import type { Address } from '../../cli/aws/address.ts';
import { isOnPath } from '../../cli/command-name.ts';
import type { Screen } from '../../cli/screen.ts';
import { closeupLines } from '../../cli/status/closeup-lines.ts';
import { alignedLines } from '../../cli/status/aligned-lines.ts';
import type { Closeup } from '../../cli/status/look.ts';
import { closeup } from './sample-closeup.ts';

const screen: Screen = {
  line: () => {},
  note: () => {},
  styled: (_, text) => text,
  interactive: true,
  columns: 80,
};
const address: Address = {
  name: 'shop',
  region: 'eu-central-1',
  profile: undefined,
  target: undefined,
  rehearsal: null,
  words: ' --name shop --region eu-central-1',
};
const shown = (look: Closeup): readonly string[] =>
  alignedLines(closeupLines(look, { screen, address }), screen);

describe('status', () => {
  test('shows the phases that the plan has, and no other', () => {
    const text = shown(closeup({}, { steps: [{ phase: 'expand', applied: true, undo: [] }] })).join('\n');
    expect(text).toMatch(/ expand/u);
    expect(text).not.toMatch(/ (?:swap|quarantine|read-switch)\b/u);
  });

  test('of a migration under way says how far it is and how long it will take', () => {
    const text = shown(closeup()).join('\n');
    expect(text).toMatch(/▸ backfill .* 50 %\n +500 rows in 5 batches, 50 rows\/s, about 10 s left/u);
  });

  test('names the first rows that refuse, by key and SQLSTATE, and where all of them are', () => {
    const first = [
      { key: '["77"]', sqlstate: '22P05' },
      { key: '["\u202eab\u001b"]', sqlstate: '22P02' },
    ];
    const text = shown(closeup({}, { stubbornRows: 3, stubborn: { first, list: 'SELECT …' } })).join('\n');
    expect(text).toMatch(
      / stubborn rows +3\n +\["77"\]: SQLSTATE 22P05\n +\["\\u\{202e\}ab\\u\{1b\}"\]: SQLSTATE 22P02\n +all of them: SELECT …\n/u,
    );
    const one = shown(
      closeup({}, { stubbornRows: 1, stubborn: { first: first.slice(1), list: 'SELECT …' } }),
    );
    expect(one.join('\n')).not.toContain('all of them');
  });

  test('while it rolls back says so first, with the cause, and which guardrail, with its value and its limit', () => {
    const look = closeup({
      wayBack: { error: 'GuardrailBreached', cause: 'alarm shop-guardrails is on' },
      breaches: [
        { alarm: 'shop-error-rate', at: '', heading: 'read-errors', measured: { value: 0.5, limit: 0.005 } },
      ],
    });
    const lines = shown(look);
    expect(lines.slice(1, 5).join('\n')).toMatch(
      /^ {2}rolling back, .*[^]*because of +GuardrailBreached: alarm shop-guardrails is on\n +shop-error-rate: 0\.5, limit 0\.005/u,
    );
    expect(lines.join('\n')).toContain('✗ backfill');
    expect(lines.join('\n')).not.toMatch(/left|approve/u);
  });

  test('says why workers rest', () => {
    const reason = 'sessions that wait for a lock: 6, limit 5';
    expect(shown(closeup({}, { rest: reason })).join('\n')).toContain(`workers rest   ${reason}`);
    expect(shown(closeup({}, {})).join('\n')).not.toContain('workers rest');
  });

  test.each(['pause', 'abort'] as const)('after %s it has no time left and is not done', (order) => {
    const given = { order, reason: 'a release', by: 'ann', at: '2026-12-01T10:00:00Z', until: null };
    const text = shown(closeup({}, { order: given })).join('\n');
    expect(text).not.toMatch(/left|✓ backfill|rows\/s/u);
    expect(text).toMatch(order === 'pause' ? /‖ backfill/u : /✗ backfill/u);
    expect(text).toContain('by ann (claimed) at 2026-12-01 10:00 UTC: a release');
  });

  test('breaks no line inside a word, and a long command so that it can be copied', () => {
    const hold = {
      migration: 'rename-users-email',
      hold: 'contract',
      kind: 'gate',
      state: 'open',
      execution: 'arn',
      openedAt: '2026-12-01T10:00:00Z',
      epoch: 1,
      seconds: 3600,
    };
    const lines = shown(closeup({ hold }));
    expect(lines.filter((line) => line.length > 80 && line.trim().includes(' '))).toEqual([]);
    const at = lines.findIndex((line) => line.includes('underpin approve'));
    const command = lines
      .slice(at, at + 3)
      .join('\n')
      .replace(/^ +To approve: +/u, '');
    expect(command.split('\n   ')[0]).toMatch(/ \\$/u);
    expect(command.replaceAll(/ \\\n +/gu, ' ').split('\n')[0]).toMatch(
      /underpin approve contract --migration rename-users-email --acknowledge-rollback --name shop --region eu-central-1$/u,
    );
  });
});

test("a command on npm's own path is not on a person's", () => {
  expect(isOnPath('/nowhere:/work/node_modules/.bin')).toBe(false);
  expect(isOnPath(process.execPath.replace(/\/[^/]+$/u, ''), 'node')).toBe(true);
});
