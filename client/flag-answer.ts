/** What the agent says of the flag. */
export interface FlagAnswer {
  readonly enabled: boolean;
  /** In percent, where the answer says it; it then holds for every key. */
  readonly share: number | null;
  /** Of the configuration that it was read from; answers of one version do not contradict each other. */
  readonly version: string | undefined;
}

const named = /^(?:old|new)-(\d{1,3}(?:\.\d+)?)$/u;

/**
 * Reads `{"<flag>": {"enabled": …}}`, or `{"enabled": …}` as the agent answers when asked for one flag. Underpin names
 * the variants of its flags for the share (`new-25`, `old-25`), so that any answer shows it; a flag without variants is the
 * same for everybody.
 *
 * @throws Error for anything else; its message holds nothing of the body
 */
export function readFlagAnswer(body: string, flag: string, version: string | undefined): FlagAnswer {
  const answer = flagIn(parsed(body), flag);
  const enabled = property(answer, 'enabled');
  if (typeof enabled !== 'boolean') throw new Error(`the answer does not say whether ${flag} is enabled`);
  const variant = property(answer, '_variant');
  const share = variant === undefined ? (enabled ? 100 : 0) : shareIn(variant);
  return { enabled, share, version };
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

function shareIn(variant: unknown): number | null {
  const percent = typeof variant === 'string' ? named.exec(variant)?.[1] : undefined;
  return percent === undefined || Number(percent) > 100 ? null : Number(percent);
}

function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}
