import { createHash } from 'node:crypto';

/** What the tests of Lambda ask a function to do. */
export type Wish =
  | { readonly do: 'echo'; readonly value: unknown }
  | { readonly do: 'environment' | 'context' | 'pid' | 'forever' | 'spin' | 'reject-later' | 'circular' }
  | { readonly do: 'log'; readonly text: string }
  | { readonly do: 'throw' | 'exit' }
  | { readonly do: 'bytes'; readonly count: number };

export type SampleContext = Readonly<Record<string, unknown>> & { getRemainingTimeInMillis(): number };

class LockNotAcquired extends Error {
  override readonly name = 'LockNotAcquired';
}

export async function handler(wish: Wish, context: SampleContext): Promise<unknown> {
  return answer(wish, context);
}

function answer(wish: Wish, context: SampleContext): unknown {
  const started = createHash('sha256').update(wish.do).digest('hex').slice(0, 4);
  console.log(`began ${wish.do} ${started}`);
  if (wish.do === 'echo') return wish.value;
  if (wish.do === 'log') return console.error(wish.text);
  if (wish.do === 'bytes') return 'x'.repeat(wish.count);
  if (wish.do === 'context') return { ...context, remainingMs: context.getRemainingTimeInMillis() };
  return deeds[wish.do]();
}

const forever = () => new Promise((resolve) => void setTimeout(resolve, 600_000));

const deeds = {
  environment: () => process.env,
  pid: () => process.pid,
  forever,
  spin: () => {
    for (;;) Math.random();
  },
  throw: () => {
    throw new LockNotAcquired('somebody holds it');
  },
  exit: () => process.exit(3),
  'reject-later': () => {
    void Promise.reject(new Error('nobody waits'));
    return forever();
  },
  circular: () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    return circle;
  },
};
