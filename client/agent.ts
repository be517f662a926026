import { Agent, request, type IncomingMessage } from 'node:http';
import { readFlagAnswer, type FlagAnswer } from './flag-answer.ts';

export interface AgentPlace {
  /** `http://localhost:2772/applications/A/environments/E/configurations/P`. */
  readonly url: string;
  readonly flag: string;
  /** The agent's ACCESS_TOKEN, where it has one. */
  readonly token: string | undefined;
  /** For a whole answer. */
  readonly timeoutMs: number;
}

const longestAnswer = 64 * 1024;

/** One AppConfig Agent, asked by HTTP. Nothing here keeps a process from ending. */
export class AppConfigAgent {
  readonly #connections = new Agent({ keepAlive: true, maxSockets: 16 });
  readonly #place: AgentPlace;
  readonly #url: URL;

  constructor(place: AgentPlace) {
    this.#place = place;
    this.#url = new URL(place.url);
    this.#url.searchParams.set('flag', place.flag);
  }

  /**
   * What the flag says for a key, or without one.
   *
   * @throws Error when there is no agent, no answer in time, another status than 200, or a document that is not the flag's
   */
  ask(key?: string): Promise<FlagAnswer> {
    return new Promise((resolve, reject) => {
      const asked = request(
        this.#url,
        { agent: this.#connections, headers: this.#headers(key) },
        (response) => {
          this.#read(response).then(resolve, reject);
        },
      );
      const patience = setTimeout(() => {
        const error = new Error(`no answer within ${this.#place.timeoutMs} ms`);
        asked.destroy(error);
      }, this.#place.timeoutMs);
      patience.unref();
      asked.on('socket', (socket) => socket.unref());
      asked.on('error', (error) => reject(new Error(reasonOf(error))));
      asked.on('close', () => clearTimeout(patience));
      asked.end();
    });
  }

  close(): void {
    this.#connections.destroy();
  }

  async #read(response: IncomingMessage): Promise<FlagAnswer> {
    const body = await text(response);
    if (response.statusCode !== 200) throw new Error(`the agent answers with status ${response.statusCode}`);
    const version = response.headers['configuration-version'];
    return readFlagAnswer(body, this.#place.flag, typeof version === 'string' ? version : undefined);
  }

  #headers(key: string | undefined): Record<string, string> {
    const { token } = this.#place;
    return {
      ...(key === undefined ? {} : { Context: `key=${key}` }),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    };
  }
}

function text(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let body = '';
    response.setEncoding('utf8');
    response.on('data', (part: string) => {
      body += part;
      if (body.length > longestAnswer) response.destroy(new Error('the answer is too long'));
    });
    response.on('error', reject);
    response.on('end', () => resolve(body));
  });
}

const reasonOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : error.message;
