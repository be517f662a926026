import type { Clock } from '../clock.ts';
import { parseFlagDocument } from './flag-document.ts';
import { flagEvaluator, type FlagEvaluator } from './flag-evaluation.ts';
import { agentPollPath, poll as pollSchema, type Poll, type PolledVersion } from './poll.ts';

export type ServedVersion = {
  readonly number: number;
  readonly contentType: string;
  readonly content: Buffer;
  /** Only for profiles of feature flags. */
  readonly flags: FlagEvaluator | undefined;
};

export type FetchedVersion =
  | {
      readonly status: 'deployed';
      readonly poll: Poll;
      readonly version: ServedVersion;
      readonly previous: ServedVersion | null;
    }
  | { readonly status: 'absent' | 'unreachable'; readonly reason: string };

export type Cache = {
  /** `application/environment/profile`, each a name or an id, as in the agent's path. */
  get(configuration: string): Promise<FetchedVersion>;
  refreshAll(): Promise<void>;
  close(): void;
};

type Entry = { current: Promise<FetchedVersion> };

/** Fetches a configuration when it is first asked for and again every `refreshMs`, from then on until it is closed. */
export function agentCache(options: {
  readonly appConfigEndpoint: string;
  readonly refreshMs: number;
  readonly clock: Clock;
}): Cache {
  const { appConfigEndpoint, refreshMs, clock } = options;
  const entries = new Map<string, Entry>();
  const closed = new AbortController();
  const fetchNow = (configuration: string) =>
    fetchConfiguration(appConfigEndpoint, configuration, closed.signal);

  const refresh = async (configuration: string, entry: Entry): Promise<void> => {
    const next = await fetchNow(configuration);
    // Who was reachable once goes on being served from the cache.
    if (next.status !== 'unreachable' || (await entry.current).status === 'unreachable')
      entry.current = Promise.resolve(next);
  };

  const keepFresh = async (configuration: string, entry: Entry): Promise<void> => {
    while (!closed.signal.aborted) {
      await clock.sleep(refreshMs, closed.signal);
      await refresh(configuration, entry);
    }
  };

  return {
    get: (configuration) => {
      const known = entries.get(configuration);
      if (known !== undefined) return known.current;
      const entry = { current: fetchNow(configuration) };
      entries.set(configuration, entry);
      keepFresh(configuration, entry).catch(() => undefined); // only closing ends the loop
      return entry.current;
    },
    refreshAll: async () => {
      await Promise.all([...entries].map(([configuration, entry]) => refresh(configuration, entry)));
    },
    close: () => closed.abort(),
  };
}

async function fetchConfiguration(
  endpoint: string,
  configuration: string,
  signal: AbortSignal,
): Promise<FetchedVersion> {
  try {
    const response = await fetch(`${endpoint}${agentPollPath}/${configuration}`, { signal });
    if (response.status === 404) return { status: 'absent', reason: await response.text() };
    if (!response.ok) return { status: 'unreachable', reason: await response.text() };
    const poll = pollSchema.parse(await response.json());
    if (poll === null) return { status: 'absent', reason: `Nothing is deployed for ${configuration}` };
    return {
      status: 'deployed',
      poll,
      version: served(poll, poll.version),
      previous: poll.previous === null ? null : served(poll, poll.previous),
    };
  } catch (fault) {
    return { status: 'unreachable', reason: fault instanceof Error ? fault.message : String(fault) };
  }
}

function served(poll: Poll, { number, contentType, contentBase64 }: PolledVersion): ServedVersion {
  const content = Buffer.from(contentBase64, 'base64');
  const isFlags = poll.type === 'AWS.AppConfig.FeatureFlags';
  const flags = isFlags ? flagEvaluator(parseFlagDocument(content), poll.profileId) : undefined;
  return { number, contentType, content, flags };
}
