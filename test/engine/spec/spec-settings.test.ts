import { describe, expect, it } from 'vitest';
import { parseSpec } from '../../../engine/spec/spec.ts';
import { refusalLines } from '../refusal.ts';

const top = 'goal: g\ntable: t\nchange: { kind: rename-column, from: a, to: b }\n';
const keys =
  '`goal`, `owner`, `ticket`, `deadline`, `table`, `change`, `dependents`, `checklist`, `backfill`, `guardrails`, `reads`, `confidence`, ' +
  '`contract`, `gates`, `gateDeadline`, `onRollback`, `lockTimeout`, `changeWindow`, `rehearsal`';

/** A claim, the fourth and later lines of an otherwise good file, and the whole message. */
const settings: readonly (readonly [string, string, ...string[]])[] = [
  ['a misspelt key', 'gaol: x', 'm.yaml:4:1 gaol: `gaol` is not a key of a migration. Did you mean `goal`?'],
  ['a key like no other', 'zzz: x', `m.yaml:4:1 zzz: \`zzz\` is not a key of a migration. Known: ${keys}.`],
  [
    'a prototype key',
    '__proto__: x',
    `m.yaml:4:1 __proto__: \`__proto__\` is not a key of a migration. Known: ${keys}.`,
  ],
  [
    'a key out of its section',
    'parallelism: 2',
    'm.yaml:4:1 parallelism: `parallelism` is not a key of a migration. Write it in `backfill`.',
  ],
  [
    'a key that belongs above',
    'reads:\n  lockTimeout: 1s',
    'm.yaml:5:3 reads.lockTimeout: `lockTimeout` is not a key of `reads`. Write it at the top level.',
  ],
  [
    'a name',
    'name: x',
    "m.yaml:4:1 name: `name` is not a key of a migration. Remove it: the file's name is the migration's name.",
  ],
  ['a key written twice', 'goal: h', 'm.yaml:4:1 goal: `goal` is written twice, first on line 1. Keep one.'],
  [
    'a nested key written twice',
    'reads: { bake: 1m, bake: 2m }',
    'm.yaml:4:20 reads.bake: `bake` is written twice, first on line 4. Keep one.',
  ],
  [
    'a bare number as a duration',
    'lockTimeout: 200',
    'm.yaml:4:1 lockTimeout: `200` has no unit. Write whole numbers with the units d, h, m, s, ms, largest first, such as `200s` for seconds or `200ms`.',
  ],
  [
    'words as a duration',
    'lockTimeout: soon',
    'm.yaml:4:1 lockTimeout: `soon` is not a duration. Write whole numbers with the units d, h, m, s, ms, largest first, such as `500ms`.',
  ],
  [
    'a duration too long',
    'lockTimeout: 5s1ms',
    'm.yaml:4:1 lockTimeout: `5s1ms` is out of range. Write 50ms at the least and 5s at the most.',
  ],
  [
    'a duration too short',
    'lockTimeout: 49ms',
    'm.yaml:4:1 lockTimeout: `49ms` is out of range. Write 50ms at the least and 5s at the most.',
  ],
  [
    'a window finer than seconds',
    'reads: { bake: 1500ms }',
    'm.yaml:4:10 reads.bake: `1500ms` is finer than a second. Write whole seconds.',
  ],
  [
    'a number as a percentage',
    'reads: { compare: 0.5 }',
    'm.yaml:4:10 reads.compare: `0.5` is a number. Write a percentage, such as `compare: 1%`.',
  ],
  [
    'a plus where nothing grows',
    'reads: { compare: +1% }',
    'm.yaml:4:10 reads.compare: `+1%` is not a percentage. Write a number and `%`, such as `1%`.',
  ],
  [
    'more than all',
    'reads: { compare: 101% }',
    'm.yaml:4:10 reads.compare: `101%` is out of range. Write 0% at the least and 100% at the most.',
  ],
  [
    'a ramp that goes down',
    'reads:\n  ramp:\n    - 5\n    - 1\n    - 100',
    'm.yaml:7:7 reads.ramp[1]: 1 does not rise above 5, the step before it. Write rising steps, such as `ramp: [1, 5, 25, 100]`.',
  ],
  [
    'a ramp that stops short',
    'reads: { ramp: [1, 50] }',
    'm.yaml:4:10 reads.ramp: The ramp ends at 50, so some reads would stay behind. End it with 100, such as `ramp: [1, 5, 25, 100]`.',
  ],
  [
    'an empty ramp',
    'reads: { ramp: [] }',
    'm.yaml:4:10 reads.ramp: The ramp has no step. End it with 100, such as `ramp: [1, 5, 25, 100]`.',
  ],
  [
    'a step out of range',
    'reads: { ramp: [0, 100] }',
    'm.yaml:4:17 reads.ramp[0]: `0` is out of range. Write 1 at the least and 100 at the most.',
  ],
  [
    'reconciling past the window',
    'confidence: { window: 30m, reconcileEvery: 1h }',
    'm.yaml:4:28 confidence.reconcileEvery: 1h is longer than the window of 30m, so nothing would be compared. Write at most `reconcileEvery: 30m`, or a longer window.',
  ],
  [
    'reconciling too often',
    'confidence: { reconcileEvery: 1s }',
    'm.yaml:4:15 confidence.reconcileEvery: 3d at one comparison every 1s is more than 1000 comparisons. Write `reconcileEvery: 4m20s` or longer.',
  ],
  [
    'an unknown gate',
    'gates: [read_switch]',
    'm.yaml:4:9 gates[0]: `read_switch` is not known here. Did you mean `read-switch`? Known: `read-switch`, `swap`, `contract`.',
  ],
  [
    'a gate for a list',
    'gates: contract',
    'm.yaml:4:1 gates: `contract` is text. Write a list, such as `gates: [read-switch, contract]`.',
  ],
  [
    'a gate listed twice',
    'gates: [contract, contract]',
    'm.yaml:4:1 gates: A gate is listed twice. List each once.',
  ],
  [
    'an unknown word',
    'onRollback: undo',
    'm.yaml:4:1 onRollback: `undo` is not known here. Known: `leave`, `remove`.',
  ],
  [
    'a number as text',
    'ticket: 1042',
    'm.yaml:4:1 ticket: `1042` is a number. Write text, such as `ticket: "1042"`.',
  ],
  [
    'text as a number',
    'backfill: { parallelism: two }',
    'm.yaml:4:13 backfill.parallelism: `two` is text. Write a whole number from 1 to 16, such as `parallelism: 2`.',
  ],
  [
    'a broken number',
    'backfill: { parallelism: 1.5 }',
    'm.yaml:4:13 backfill.parallelism: `1.5` is a number. Write a whole number from 1 to 16, such as `parallelism: 2`.',
  ],
  [
    'a number too great',
    'backfill: { dutyCycle: 2 }',
    'm.yaml:4:13 backfill.dutyCycle: `2` is out of range. Write 0.05 at the least and 1 at the most.',
  ],
  [
    'an empty section',
    'backfill:',
    'm.yaml:4:1 backfill: Nothing is written here. Write a section of keys, such as `backfill: { parallelism: 2, targetBatchTime: 200ms }`.',
  ],
  [
    'a list for a section',
    'guardrails: { throttle: [1] }',
    'm.yaml:4:15 guardrails.throttle: This is a list. Write a section of keys, such as `throttle: { replicaLag: 1s, blockedSessions: 5 }`.',
  ],
  [
    'a size without a unit',
    "guardrails: { throttle: { heldLog: '10' } }",
    'm.yaml:4:27 guardrails.throttle.heldLog: `10` is not a size. Write a number and kB, MB, GB or TB, such as `10GB`.',
  ],
  [
    'a number for a size',
    'guardrails: { throttle: { logRate: 5000 } }',
    'm.yaml:4:27 guardrails.throttle.logRate: `5000` is a number. Write a size, such as `logRate: 50MB`.',
  ],
  [
    'a size that is out of range',
    'guardrails: { throttle: { heldLog: 0.5MB } }',
    'm.yaml:4:27 guardrails.throttle.heldLog: `0.5MB` is out of range. Write 1MB at the least and 1000TB at the most.',
  ],
  [
    'a day that is none',
    'deadline: 2026-02-30',
    'm.yaml:4:1 deadline: `2026-02-30` is text, not a day of the calendar. Write year-month-day: `2026-12-20`.',
  ],
  [
    'hours that are none',
    "changeWindow: { avoid: ['Mon-Fry 08:00-18:00'], timeZone: UTC }",
    'm.yaml:4:25 changeWindow.avoid[0]: `Mon-Fry 08:00-18:00` is not hours of a week. Write days and times, such as `Mon-Fri 08:00-18:00`, `Sat,Sun 00:00-24:00` or `22:00-06:00`.',
  ],
  [
    'hours that end where they begin',
    "changeWindow: { avoid: ['Mon 08:00-08:00'], timeZone: UTC }",
    'm.yaml:4:25 changeWindow.avoid[0]: `Mon 08:00-08:00` ends where it begins. Write `00:00-24:00` for whole days.',
  ],
  [
    'hours that leave no minute of the week',
    "changeWindow: { avoid: ['Mon-Fri 00:00-24:00', 'Fri-Mon 22:00-21:59', 'Sat,Sun 21:00-22:00'], timeZone: UTC }",
    'm.yaml:4:17 changeWindow.avoid: These hours leave no minute of the week. Leave some hours in which the migration may go on.',
  ],
  [
    'hours by nobody knows whose clock',
    "changeWindow: { avoid: ['22:00-06:00'] }",
    'm.yaml:4:17 changeWindow.avoid: Hours are given, but not by whose clock. Write `timeZone: Europe/Berlin` or `timeZone: UTC`.',
  ],
  [
    'a zone that is misspelt',
    'changeWindow: { timeZone: Europe/Berlim }',
    'm.yaml:4:17 changeWindow.timeZone: `Europe/Berlim` is not a time zone. Did you mean `Europe/Berlin`?',
  ],
  [
    'a zone that knows no summer',
    "changeWindow: { timeZone: '+01:00' }",
    'm.yaml:4:17 changeWindow.timeZone: `+01:00` is not a time zone. Write its IANA name, such as `Europe/Berlin`.',
  ],
  [
    'a moment without its offset',
    'changeWindow: { notBefore: 2026-12-01T06:00:00 }',
    'm.yaml:4:17 changeWindow.notBefore: `2026-12-01T06:00:00` is text, not a moment with its offset from UTC. Write `2026-12-01T06:00:00Z` or `2026-12-01T07:00:00+01:00`.',
  ],
  [
    'a tag',
    'owner: !me x',
    'm.yaml:4:8 owner: Unresolved tag: !me. If it is text, put the whole value in single quotes.',
  ],
  [
    'an alias of nothing',
    'owner: *me',
    'm.yaml:4:8 owner: `*me` stands for nothing in this file. Put a text that begins with `*` in single quotes.',
  ],
  ['a tab', '\towner: me', 'm.yaml:4:1 owner: A tab indents this line. Indent with spaces.'],
  [
    'two colons',
    'owner: me: you',
    'm.yaml:4:8 owner: A second `key: value` stands inside this value. Put a text with `: ` in single quotes; otherwise correct the indentation.',
  ],
  [
    'a second document',
    '---\ngoal: h',
    'm.yaml:4:1: A second document begins here. Give each migration a file of its own.',
  ],
  [
    'control characters, without repeating them',
    '"a\\nb\\e": 1',
    `m.yaml:4:1 a\\nb\\u001b: \`a\\nb\\u001b\` is not a key of a migration. Known: ${keys}.`,
  ],
];

describe('a setting is refused, with what to write instead:', () => {
  it.each(settings)('%s', (_, text, ...message) => {
    expect(refusalLines(`${top}${text}\n`)).toEqual(message);
  });
});

describe('where the application writes both sides, people are asked before reads move:', () => {
  const written = top.replace('to: b }', 'to: b, dualWrite: application }');

  it.each(['gates: []', 'gates: [contract]'])('%s is refused', (text) => {
    expect(refusalLines(`${written}${text}\n`)).toEqual([
      'm.yaml:4:1 gates: With `dualWrite: application` only people know whether every version of the application that runs writes both sides, and reads may not move before. Add `read-switch` to the gates; or leave `gates` out, and every gate is asked.',
    ]);
  });

  it.each([`${written}gates: [read-switch]`, written, `${top}gates: []`])('%j is not', (text) => {
    expect(parseSpec(`${text}\n`, 'm.yaml').goal).toBe('g');
  });
});
