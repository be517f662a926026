import { Agent, get } from 'node:http';

/** Where the new version of the application learns which shape to read. */
export type ReadSwitchSetting =
  /** An AppConfig agent: `url` is its configuration, `http://127.0.0.1:PORT/applications/A/environments/E/configurations/P`. */
  | { readonly kind: 'agent'; readonly url: string; readonly flag: string }
  | { readonly kind: 'fixed'; readonly side: 'old' | 'new' };

export interface ReadSwitch {
  /** Which shape to read for a key. Never fails and never takes long: the last good answer, else the old shape. */
  ask(key: string): Promise<'old' | 'new'>;
  close(): void;
}

/** An application cannot let its users wait for a flag. */
const patienceMs = 50;

export function readSwitch(setting: ReadSwitchSetting): ReadSwitch {
  return setting.kind === 'fixed'
    ? { ask: () => Promise.resolve(setting.side), close: () => {} }
    : new AgentSwitch(setting.url, setting.flag);
}

class AgentSwitch implements ReadSwitch {
  readonly #connections = new Agent({ keepAlive: true, maxSockets: 16 });
  readonly #lastGood = new Map<string, 'old' | 'new'>();
  readonly #url: string;
  readonly #flag: string;

  constructor(url: string, flag: string) {
    this.#url = `${url}?flag=${encodeURIComponent(flag)}`;
    this.#flag = flag;
  }

  async ask(key: string): Promise<'old' | 'new'> {
    try {
      const side = isEnabled(await this.#fetch(key), this.#flag) ? 'new' : 'old';
      this.#lastGood.set(key, side);
      return side;
    } catch {
      return this.#lastGood.get(key) ?? 'old';
    }
  }

  close(): void {
    this.#connections.destroy();
  }

  #fetch(key: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = {
        agent: this.#connections,
        // A header carries Latin letters only.
        headers: { Context: `key=${encodeURIComponent(key)}` },
        signal: AbortSignal.timeout(patienceMs),
      };
      get(this.#url, options, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part: string) => (body += part));
        response.on('error', reject);
        response.on('end', () =>
          response.statusCode === 200 ? resolve(body) : reject(new Error(`status ${response.statusCode}`)),
        );
      }).on('error', reject);
    });
  }
}

/** Reads `{"<flag>": {"enabled": …}}` or, as the agent answers when asked for one flag, `{"enabled": …}`. */
export function isEnabled(body: string, flag: string): boolean {
  const parsed: unknown = JSON.parse(body);
  const answer = property(parsed, flag) ?? parsed;
  const enabled = property(answer, 'enabled');
  if (typeof enabled !== 'boolean') throw new Error(`the answer does not say whether ${flag} is enabled`);
  return enabled;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
