import { ServiceError } from './service-error.ts';
import { MysqlSessions } from './mysql/sessions.ts';
import { PostgresSessions } from './postgres/sessions.ts';
import type { Sessions } from './session.ts';

/** A cluster as the service knows it: where its database is, and which secrets open it. */
export interface DataApiDatabase {
  /** Connection URL, of PostgreSQL or (`mysql:`) of MySQL; its database is the one used when a call names none. */
  readonly url: string;
  readonly secretArns: readonly string[];
}

/** What a call needs of one database. */
export interface DatabaseEndpoint {
  readonly database: string;
  readonly sessions: Sessions;
}

interface Target {
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database?: string | undefined;
}

interface Cluster extends DataApiDatabase {
  readonly places: Map<string, DatabaseEndpoint>;
}

/** Clusters by their ARN, each with its connection pools by database name. */
export class Clusters {
  readonly #clusters = new Map<string, Cluster>();
  readonly #connectionLimit: number;

  constructor(connectionLimit: number) {
    this.#connectionLimit = connectionLimit;
  }

  add(resourceArn: string, database: DataApiDatabase): void {
    if (this.#clusters.has(resourceArn)) throw new Error(`The Data API has a cluster ${resourceArn} already`);
    this.#clusters.set(resourceArn, { ...database, places: new Map() });
  }

  /** Cuts what still runs there. */
  async remove(resourceArn: string): Promise<void> {
    const cluster = this.#clusters.get(resourceArn);
    this.#clusters.delete(resourceArn);
    await Promise.all([...(cluster?.places.values() ?? [])].map((place) => place.sessions.end()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clusters.keys()].map((arn) => this.remove(arn)));
  }

  /** Throws the service's error for a cluster or a secret that is not there. Letter case matters. */
  place({ resourceArn, secretArn, database }: Target): DatabaseEndpoint {
    const cluster = this.#clusters.get(resourceArn);
    if (cluster === undefined) {
      const name = resourceArn.split(':').at(-1) ?? resourceArn;
      throw new ServiceError(
        'HttpEndpointNotEnabledException',
        `HttpEndpoint isn't enabled for cluster ${name}`,
      );
    }
    if (!cluster.secretArns.includes(secretArn)) {
      throw new ServiceError(
        'SecretsErrorException',
        `There was a problem with the Secrets Manager secret used with the request: can't find ${secretArn}`,
      );
    }
    return this.#placeIn(cluster, database);
  }

  #placeIn(cluster: Cluster, database: string | undefined): DatabaseEndpoint {
    const url = new URL(cluster.url);
    // An empty name is no name: the SDK sends `database: ""` when it is told to.
    const name =
      database === undefined || database === '' ? decodeURIComponent(url.pathname.slice(1)) : database;
    const known = cluster.places.get(name);
    if (known !== undefined) return known;
    url.pathname = `/${encodeURIComponent(name)}`;
    const place = {
      database: name,
      sessions: sessionsOf(url, this.#connectionLimit),
    };
    cluster.places.set(name, place);
    return place;
  }
}

/** By the URL's scheme: `mysql:`, else PostgreSQL's. */
const sessionsOf = (url: URL, connectionLimit: number): Sessions =>
  url.protocol === 'mysql:'
    ? new MysqlSessions(url.href, connectionLimit)
    : new PostgresSessions(url.href, connectionLimit);
