import { once } from 'node:events';
import { createServer } from 'node:http';
import { readSwitch, type ReadSwitch } from '../client/index.ts';

// What the read switch adds to a read, in µs of the reader's own time: the same function called with and without it. Also
// what it costs to learn all buckets when the share moves. Usage: npm run bench:reads

const reads = 200_000;
const rounds = 7;

const share = { percent: 100 };
const agent = createServer(({ headers }, response) => {
  const bucket = /key=(\d+)/u.exec(headers['context']?.toString() ?? '')?.[1];
  const enabled = share.percent === 100 || (bucket !== undefined && Number(bucket) < share.percent * 10);
  response.end(JSON.stringify({ enabled, _variant: `${enabled ? 'new' : 'old'}-${share.percent}` }));
});
agent.listen(0, '127.0.0.1');
await once(agent, 'listening');
const address = agent.address();
const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/applications/a/environments/e/configurations/p`;

const keys = Array.from({ length: 10_000 }, (_, place) => `user-${place}`);
const row = { id: 1, email: 'someone@example.com', name: 'Someone' };
const path = (): Promise<typeof row> => Promise.resolve(row);
const paths = { old: path, new: path };

type Read = (key: string) => Promise<unknown>;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The best of the rounds: what disturbs a machine only ever adds. In µs a read, one after the other. */
async function microseconds(read: Read): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    for (let done = 0; done < reads; done += 1) {
      await read(keys[done % keys.length] ?? '');
      // Others get their turn, as in a server: comparisons are made then, and their work counts here.
      if (done % 50 === 0) await turn();
    }
    best = Math.min(best, ((performance.now() - began) * 1000) / reads);
  }
  return best;
}

const made = (compare = 0): ReadSwitch =>
  readSwitch({ flag: 'bench_shop', agent: url, compare, onEvent: () => {}, metrics: { write: () => {} } });

async function measured(name: string, percent: number, plain: number, compare = 0): Promise<void> {
  share.percent = percent;
  const users = made(compare);
  await users.ready(10_000);
  const took = await microseconds((key) => users.read(key, paths));
  await users.close();
  console.log(
    `${name.padEnd(44)} ${took.toFixed(2).padStart(6)} µs  overhead ${(took - plain).toFixed(2).padStart(6)} µs`,
  );
}

async function learning(): Promise<void> {
  share.percent = 25;
  const users = made();
  const cpu = process.cpuUsage();
  const began = performance.now();
  await users.ready(10_000);
  const took = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  await users.close();
  console.log(
    `learning 1,000 buckets, once when the share moves: ${((user + system) / 1000).toFixed(0)} ms of CPU in ${took.toFixed(0)} ms, the agent's included`,
  );
}

const plain = await microseconds(() => path());
console.log(`${'the read itself'.padEnd(44)} ${plain.toFixed(2).padStart(6)} µs`);
await measured('at 0 %', 0, plain);
await measured('at 100 %', 100, plain);
await measured('at 25 %', 25, plain);
await measured('at 25 %, comparing 1 % of the reads', 25, plain, 0.01);
await learning();
agent.closeAllConnections();
agent.close();
