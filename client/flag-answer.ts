import type { SaidOfWrites } from './write-mode.ts';

/** What the agent says of the flag. */
export interface FlagAnswer {
  readonly enabled: boolean;
  /** In percent, where the answer says it; it then holds for every key. */
  readonly share: number | null;
  /** The share of the reads that ask both paths, of 1, where the answer says it. */
  readonly compare: number | null;
  /** Which side of a dual write is the truth, where the answer says it. */
  readonly writes: SaidOfWrites | null;
  /** Of the configuration that it was read from; answers of one version do not contradict each other. */
  readonly version: string | undefined;
}

const percentage = String.raw`(\d{1,3}(?:\.\d+)?)`;
const named = new RegExp(
  `^(?:old|new)-${percentage}(?:-compare-${percentage})?(?:-(truth|strict)-(old|new))?$`,
  'u',
);

/**
 * Reads `{"<flag>": {"enabled": …}}`, or `{"enabled": …}` as the agent answers when asked for one flag. Underpin names
 * the variants of its flags for what they say (`new-25`, `old-25-compare-1`, `new-100-strict-old`), so that any answer shows it; a flag without
 * variants is the same for everybody.
 *
 * @throws Error for anything else; its message holds nothing of the body
 */
export function readFlagAnswer(body: string, flag: string, version: string | undefined): FlagAnswer {
  const answer = flagIn(parsed(body), flag);
  const enabled = property(answer, 'enabled');
  if (typeof enabled !== 'boolean') throw new Error(`the answer does not say whether ${flag} is enabled`);
  const variant = property(answer, '_variant');
  if (variant === undefined)
    return { enabled, share: enabled ? 100 : 0, compare: null, writes: null, version };
  return { enabled, ...sharesIn(variant), version };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Error('the answer is not JSON');
  }
}

function flagIn(answer: unknown, flag: string): unknown {
  const own = property(answer, flag);
  return typeof own === 'object' && own !== null ? own : answer;
}

function sharesIn(variant: unknown): Pick<FlagAnswer, 'share' | 'compare' | 'writes'> {
  const said = typeof variant === 'string' ? named.exec(variant) : null;
  const compared = percentOf(said?.[2]);
  const truth = said?.[4];
  return {
    share: percentOf(said?.[1]),
    compare: compared === null ? null : compared / 100,
    writes: truth === 'old' || truth === 'new' ? { truth, isStrict: said?.[3] === 'strict' } : null,
  };
}

const percentOf = (said: string | undefined): number | null =>
  said === undefined || Number(said) > 100 ? null : Number(said);

function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}
