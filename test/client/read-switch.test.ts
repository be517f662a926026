import { afterEach, describe, expect, test } from 'vitest';
import { bucketOf, onlyNew, readSwitch, type ReadSwitchOptions } from '../../client/index.ts';
import {
  agentScene,
  body,
  flag,
  membersOf,
  pathsAt,
  patienceMs,
  saying,
  share,
  sleep,
  switchScene,
  until,
  type AgentScene,
  type Answer,
  type SwitchScene,
} from './scene.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function scene(
  answer: Answer,
  options: Partial<ReadSwitchOptions> = {},
): Promise<SwitchScene & { readonly agent: AgentScene }> {
  const agent = await agentScene(answer);
  closing.push(() => agent.close());
  return { agent, ...asking(agent.url, options) };
}

function asking(url: string, options: Partial<ReadSwitchOptions> = {}): SwitchScene {
  const made = switchScene(url, options);
  closing.unshift(() => made.users.close());
  return made;
}

const never: Answer = () => {};

/** What a read has given without so much as a turn of the event loop; undefined where it waits. */
async function atOnce(read: Promise<string>): Promise<string | undefined> {
  let taken: string | undefined;
  void read.then((path) => (taken = path));
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
  return taken;
}

describe('the path of a read', () => {
  test('is the new one for everybody at 100 %, and one question told it', async () => {
    const { users, agent } = await scene(share(100), { refreshMs: 60_000 });
    expect(await users.ready(patienceMs)).toBe(true);
    for (let key = 0; key < 500; key += 1) expect(await users.read(key, saying)).toBe('new');
    expect(agent.asked).toEqual([undefined]);
    expect(users.state).toMatchObject({ share: 100, breaker: 'closed' });
    expect(users.truth).toBe('new');
  });

  test('is the old one for everybody at 0 %', async () => {
    const { users } = await scene(share(0));
    await users.ready(patienceMs);
    for (let key = 0; key < 50; key += 1) expect(await users.read(key, saying)).toBe('old');
    expect(users.truth).toBe('old');
  });

  test('between them is what the agent says of the bucket of the key, known before the key is', async () => {
    const { users, agent } = await scene(share(25));
    const askedOfBuckets = (): number => agent.asked.filter((context) => context !== undefined).length;
    await until(() => askedOfBuckets() === 1000);
    expect(await users.ready(patienceMs)).toBe(true);
    const keys = Array.from({ length: 4000 }, (_, place) => `user-${place}`);
    const taken = await Promise.all(keys.map((key) => users.read(key, saying)));
    expect(taken).toEqual(pathsAt(25, keys));
    expect(taken.filter((path) => path === 'new').length / keys.length).toBeCloseTo(0.25, 1);
    // What a read had asked would have come before what is asked for nobody in particular after it.
    const refreshes = agent.asked.length - askedOfBuckets();
    await until(() => agent.asked.length - askedOfBuckets() > refreshes + 1);
    expect(askedOfBuckets()).toBe(1000);
    expect(agent.asked).toContain(`key=${bucketOf('user-0')}`);
  });

  test('before the agent has answered is the old one, without a wait', async () => {
    const { users } = await scene(never);
    expect(await atOnce(users.read('1', saying))).toBe('old');
    expect(await atOnce(users.read('2', saying))).toBe('old');
  });

  test('waits for an answer as long as the application allows, and no longer', async () => {
    const patient = await scene(share(100), { waitMs: patienceMs });
    expect(await patient.users.read('1', saying)).toBe('new');
    const { users, events } = await scene(never, { waitMs: 40, timeoutMs: patienceMs });
    expect(await users.read('1', saying)).toBe('old');
    // The switch itself still waits for the agent.
    expect(events).toEqual([]);
  });

  test('of a flag without variants is the same for everybody', async () => {
    const { users } = await scene(body('{"enabled":true}'));
    await users.ready(patienceMs);
    expect(await users.read('1', saying)).toBe('new');
    expect(users.state.share).toBe(100);
  });

  test('of variants that somebody else named is asked for by bucket', async () => {
    const { users } = await scene(({ headers }, response) => {
      response.setHeader('Configuration-Version', '7');
      response.end(
        JSON.stringify({
          [flag]: { enabled: headers['context'] === `key=${bucketOf('1')}`, _variant: 'beta' },
        }),
      );
    });
    await users.ready(patienceMs);
    expect([users.pathOf('1'), users.pathOf('2')]).toEqual(['new', 'old']);
    expect(users.state.share).toBe(null);
  });

  test('comes back to the old one for all, soon after the flag does', async () => {
    const { users, agent } = await scene(share(100));
    await users.ready(patienceMs);
    expect(await users.read('1', saying)).toBe('new');
    agent.answer = share(0);
    await until(() => users.pathOf('1') === 'old');
  });

  test('comes back also by hand, with a rule taken away and the variant’s name left', async () => {
    const { users, agent } = await scene(share(50));
    await users.ready(patienceMs);
    const keys = Array.from({ length: 20 }, (_, key) => key);
    expect(keys.map((key) => users.pathOf(key))).toContain('new');
    agent.answer = (_, response) => {
      response.setHeader('Configuration-Version', 'by hand');
      response.end('{"enabled":false,"_variant":"old-50"}');
    };
    await until(() => keys.every((key) => users.pathOf(key) === 'old'));
  });

  test('of a share that shrinks is the old one until the agent has said otherwise', async () => {
    const { users, agent } = await scene(share(50));
    await users.ready(patienceMs);
    const before = Array.from({ length: 200 }, (_, key) => users.pathOf(key));
    expect(before).toContain('new');
    const evaluate = share(20);
    // Every bucket asks in vain, so that only what the switch itself concludes is seen.
    agent.answer = (request, response) => {
      if (request.headers['context'] === undefined) evaluate(request, response);
    };
    await until(() => users.state.share === 20);
    expect(Array.from({ length: 200 }, (_, key) => users.pathOf(key))).not.toContain('new');
  });
});

const badAnswers: readonly (readonly [string, Answer, string])[] = [
  ['never answers', never, 'no answer within 500 ms'],
  ['fails', body('{"enabled":true}', 500), 'the agent answers with status 500'],
  ['does not know the flag', body('{"message":"no flag"}', 400), 'the agent answers with status 400'],
  ['answers no JSON', body('<html>'), 'the answer is not JSON'],
  ['answers nothing', body(''), 'the answer is not JSON'],
  ['answers null', body('null'), `the answer does not say whether ${flag} is enabled`],
  ['answers a list', body('[{"enabled":true}]'), `the answer does not say whether ${flag} is enabled`],
  ['answers a wrong type', body('{"enabled":"yes"}'), `the answer does not say whether ${flag} is enabled`],
  [
    'answers another flag',
    body('{"another":{"enabled":true}}'),
    `the answer does not say whether ${flag} is enabled`,
  ],
  ['answers for ever', body(`{"enabled":true,"x":"${'x'.repeat(100_000)}"}`), 'the answer is too long'],
  [
    'answers a little at a time',
    (_, response) => {
      const dripping = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(dripping));
    },
    'no answer within 500 ms',
  ],
  [
    'breaks off',
    (_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"enabled":');
      setTimeout(() => response.destroy(), 5);
    },
    'ECONNRESET',
  ],
];

describe.each(badAnswers)('an agent that %s', (_, answer, reason) => {
  // Impatient only where patience is what ends: an answer of a busy machine is late, and not bad.
  const timeoutMs = reason === 'no answer within 500 ms' ? 500 : patienceMs;

  test('leaves the old path, and says so once', async () => {
    const { users, events } = await scene(answer, { timeoutMs });
    await until(() => events.some(({ what }) => what === 'agent-lost'));
    expect(await users.ready(0)).toBe(false);
    // It is asked again, and says nothing new.
    await sleep(120);
    expect(await users.read('1', saying)).toBe('old');
    const lost = events.filter(({ what }) => what === 'agent-lost');
    expect(lost.map((event) => 'reason' in event && event.reason.replace('aborted', 'ECONNRESET'))).toEqual([
      reason,
    ]);
  });

  test('does not take back the last good answer', async () => {
    const { users, agent, events } = await scene(share(100), { timeoutMs });
    await until(() => users.state.share === 100);
    agent.answer = answer;
    // A good answer may be late too, on a busy machine: the agent is lost and found then.
    await until(() => events.at(-1)?.what === 'agent-lost');
    const before = events.length;
    expect(await users.read('1', saying)).toBe('new');
    agent.answer = share(0);
    await until(() => users.state.share === 0);
    expect(await users.read('1', saying)).toBe('old');
    expect(events.slice(before).map(({ what }) => what)).toContain('agent-found');
  });
});

describe('without an agent', () => {
  test('reads take the old path; nothing is thrown and nothing waits', async () => {
    const { users } = asking('http://127.0.0.1:1/applications/a/environments/e/configurations/p');
    await users.ready(200);
    for (let key = 0; key < 1000; key += 1) expect(await atOnce(users.read(key, saying))).toBe('old');
  });

  test('that died under load, reads go on by the last good answer, none waits and none fails', async () => {
    const { users, agent, events } = await scene(share(25));
    await users.ready(patienceMs);
    const keys = Array.from({ length: 100 }, (_, key) => key);
    const before = keys.map((key) => users.pathOf(key));
    let reads = 0;
    const readAll = async (): Promise<void> => {
      for (const key of keys) {
        expect(await atOnce(users.read(key, saying))).toBe(before[key]);
        reads += 1;
      }
      await sleep(1);
    };
    await readAll();
    await agent.close();
    while (!events.some(({ what }) => what === 'agent-lost')) await readAll();
    for (let round = 0; round < 20; round += 1) await readAll();
    expect(reads).toBeGreaterThan(2000);
  });

  test('for longer than it is trusted, reads take the old path', async () => {
    const { users, agent } = await scene(share(100), { trustMs: 300 });
    await until(() => users.pathOf('1') === 'new');
    await agent.close();
    await until(() => users.pathOf('1') === 'old');
    expect(await users.read('1', saying)).toBe('old');
  });
});

describe('a read that fails', () => {
  test('on the new path is answered by the old one, and counted against the new', async () => {
    const { users, lines } = await scene(share(100));
    await users.ready(patienceMs);
    const paths = { ...saying, new: () => Promise.reject(new Error('no such column')) };
    expect(await users.read('1', paths)).toBe('old');
    expect(await users.read('2', saying)).toBe('new');
    users.flush();
    expect(lines.map(membersOf)).toMatchObject([
      { path: 'old', Reads: 1, ReadErrors: 0 },
      { path: 'new', Reads: 1, ReadErrors: 1 },
      { BreakerOpen: 0 },
    ]);
  });

  test('on both is nobody’s fault: its error is the caller’s, and the breaker stays closed', async () => {
    const { users, lines } = await scene(share(100));
    await users.ready(patienceMs);
    const missing = new Error('not found');
    const paths = { old: () => Promise.reject(missing), new: () => Promise.reject(new Error('not found')) };
    for (let key = 0; key < 100; key += 1) await expect(users.read(key, paths)).rejects.toBe(missing);
    expect(users.state.breaker).toBe('closed');
    users.flush();
    expect(lines.map(membersOf)).toMatchObject([{ path: 'old', Reads: 100, ReadErrors: 100 }, {}]);
    expect(lines.map(membersOf)[0]).not.toHaveProperty('ReadErrorRate');
  });

  test('in an outage costs one fallback at a time', async () => {
    const { users } = await scene(share(100));
    await users.ready(patienceMs);
    let underway = 0;
    let most = 0;
    const away = async (): Promise<string> => {
      underway += 1;
      most = Math.max(most, underway);
      await sleep(10);
      underway -= 1;
      throw new Error('connection refused');
    };
    const paths = { old: away, new: () => Promise.reject(new Error('connection refused')) };
    await expect(users.read('first', paths)).rejects.toThrow('refused');
    const reads = Array.from({ length: 50 }, (_, key) => users.read(key, paths));
    expect((await Promise.allSettled(reads)).every(({ status }) => status === 'rejected')).toBe(true);
    expect(most).toBe(1);
  });

  test('before its first await, or with something that is no error, is treated alike', async () => {
    const { users } = await scene(share(100));
    await users.ready(patienceMs);
    const paths = {
      old: () => 'old',
      new: (): string => {
        throw new TypeError('at once');
      },
    };
    expect(await users.read('1', paths)).toBe('old');
    // oxlint-disable-next-line prefer-promise-reject-errors
    expect(await users.read('2', { ...saying, new: () => Promise.reject('words') })).toBe('old');
  });
});

test('many failures take this process off the new path at once, and it says so and publishes it', async () => {
  const { users, events, lines } = await scene(share(100));
  await users.ready(patienceMs);
  const asked = { new: 0 };
  const paths = {
    old: () => 'old',
    new: () => {
      asked.new += 1;
      throw new Error('no such column');
    },
  };
  for (let key = 0; key < 100; key += 1) expect(await users.read(key, paths)).toBe('old');
  expect(asked.new).toBe(5);
  expect(users.pathOf('1')).toBe('old');
  expect(events.at(-1)).toEqual({
    flag,
    what: 'breaker-opened',
    reason: '5 of 5 reads failed on the new path in 10 s',
  });
  users.flush();
  expect(lines.map(membersOf).filter((line) => 'BreakerOpen' in line)).toMatchObject([
    { BreakerOpen: 1 },
    { BreakerOpen: 1 },
  ]);
});

test('a flag that comes back to 0 % closes the breaker: the next ramp is a new one', async () => {
  const { users, agent, events } = await scene(share(100), { breaker: { errors: 1 } });
  await users.ready(patienceMs);
  await users.read('1', { ...saying, new: () => Promise.reject(new Error('bad')) });
  expect(users.state.breaker).toBe('open');
  agent.answer = share(0);
  await until(() => users.state.breaker === 'closed');
  expect(events.map(({ what }) => what)).toContain('breaker-closed');
});

test('a token goes with every question', async () => {
  const { users } = await scene(
    ({ headers }, response) =>
      response.end(JSON.stringify({ enabled: headers.authorization === 'Bearer secret' })),
    { token: 'secret' },
  );
  await users.ready(patienceMs);
  expect(await users.read('1', saying)).toBe('new');
});

test('a listener, a sink and a key that are bad disturb no read', async () => {
  const { users } = await scene(share(100), {
    onEvent: () => {
      throw new Error('my logger');
    },
    metrics: {
      flushMs: 50,
      write: () => {
        throw new Error('my sink');
      },
    },
  });
  await users.ready(patienceMs);
  await sleep(150);
  for (const key of ['\uD800', '', 'a\r\nContext: key=1', '漢字', 'x'.repeat(100_000), 7n, -0.5])
    expect(await users.read(key, saying)).toBe('new');
});

test('after it is closed reads go on, nothing is asked and nothing is written', async () => {
  const { users, agent, lines } = await scene(share(100), { refreshMs: 50 });
  await users.ready(patienceMs);
  await users.read('1', saying);
  await users.close();
  expect(lines.map(membersOf)).toMatchObject([{ path: 'new', Reads: 1 }, {}]);
  // What was on its way when it was closed arrives before this does.
  await fetch(agent.url);
  const [asked, written] = [agent.asked.length, lines.length];
  await sleep(200);
  expect(await users.read('1', saying)).toBe('new');
  await sleep(50);
  expect([agent.asked.length, lines.length]).toEqual([asked, written]);
});

test('a read costs less than 20 µs of its own', async () => {
  const { users } = await scene(share(25));
  await users.ready(patienceMs);
  // The best of many rounds: what else the machine does only ever adds.
  let best = Infinity;
  for (let round = 0; round < 1000 && best >= 20; round += 1) {
    const began = performance.now();
    for (let key = 0; key < 1000; key += 1) await users.read(key, saying);
    best = Math.min(best, performance.now() - began);
  }
  expect(best).toBeLessThan(20);
});

test.each([
  [{ flag: 'Users' }, 'flag "Users"'],
  [{ agent: 'localhost:2772' }, 'agent "localhost:2772" is no http URL'],
  [{ refreshMs: 0 }, 'refreshMs is 0: give milliseconds from 50'],
  [{ waitMs: -1 }, 'waitMs is -1'],
  [{ otherWithinMs: Infinity }, 'otherWithinMs is Infinity'],
  [{ trustMs: Number.NaN }, 'trustMs is NaN'],
  [{ compare: 2 }, 'compare is 2: give a share from 0 to 1'],
  [{ metrics: { flushMs: 1 } }, 'metrics.flushMs is 1'],
])('an option that cannot be meant is refused at the start: %j', (options, says) => {
  expect(() => readSwitch({ flag, ...options })).toThrow(says);
});

test('a version that knows only the new shape counts its errors, and makes no rate of them', async () => {
  const lines: string[] = [];
  const users = onlyNew({ flag, metrics: { write: (line) => lines.push(line) } });
  for (let key = 0; key < 60; key += 1) await users.read(key, saying);
  const missing = new Error('no such row');
  await expect(users.read('1', { new: () => Promise.reject(missing) })).rejects.toBe(missing);
  await users.close();
  expect(lines.map(membersOf)).toMatchObject([{ path: 'new', Reads: 61, ReadErrors: 1 }]);
});

test('the error rate is that of the reads of which it is known whether the new path was at fault', async () => {
  const { users, lines } = await scene(share(100));
  await users.ready(patienceMs);
  const bad = { ...saying, new: () => Promise.reject(new Error('no such column')) };
  const missing = { old: bad.new, new: bad.new };
  for (let key = 0; key < 97; key += 1) await users.read(key, saying);
  for (let key = 0; key < 3; key += 1) await users.read(key, bad);
  for (let key = 0; key < 50; key += 1) await users.read(key, missing).catch(() => undefined);
  users.flush();
  expect(lines.map(membersOf).at(-1)).toMatchObject({ ReadErrorRate: 0.03, BreakerOpen: 0 });
});

test.each([
  [0, 'ramp', 0],
  [50, 'ramp', 20],
  [100, 'ramp', 0],
  [100, 'always', 20],
] as const)('at %d %%, comparing while %s, %d of 20 reads are compared', async (percent, when, compared) => {
  const { users, lines } = await scene(share(percent), { compare: { share: 1, while: when } });
  await users.ready(patienceMs);
  for (let key = 0; key < 20; key += 1) {
    await users.read(key, { old: () => 'same', new: () => 'same' });
    await sleep(2);
  }
  await users.close();
  const told = lines.map(membersOf).find((line) => 'Comparisons' in line);
  expect(told?.['Comparisons'] ?? 0).toBe(compared);
});

test.each([
  ['as the flag says', {}, 20],
  ['as often as the application says', { compare: 0 }, 0],
  ['as the flag says where the application says only when', { compare: { while: 'always' } }, 20],
] as const)('reads are compared %s', async (_, options, compared) => {
  const { users, lines } = await scene(share(50, 1), options);
  await users.ready(patienceMs);
  for (let key = 0; key < 20; key += 1) {
    await users.read(key, { old: () => 'same', new: () => 'same' });
    await sleep(2);
  }
  await users.close();
  const told = lines.map(membersOf).find((line) => 'Comparisons' in line);
  expect(told?.['Comparisons'] ?? 0).toBe(compared);
  expect(users.state.share).toBe(50);
});

test('a flag that says nothing of comparisons asks for none', async () => {
  const { users, lines } = await scene(share(50));
  await users.ready(patienceMs);
  for (let key = 0; key < 20; key += 1) await users.read(key, { old: () => 'same', new: () => 'same' });
  await users.close();
  expect(lines.map(membersOf).some((line) => 'Comparisons' in line)).toBe(false);
});
