import {
  CreateHostedConfigurationVersionCommand,
  GetHostedConfigurationVersionCommand,
  ListHostedConfigurationVersionsCommand,
  type AppConfigClient,
  type ListHostedConfigurationVersionsCommandOutput,
} from '@aws-sdk/client-appconfig';
import { parseFlags, type FlagDocument } from '../../engine/reads/flags.ts';
import type { FlagPlace } from './flag-place.ts';

/** A version of a profile's flags; `latest` is its number, undefined where nothing was stored yet. */
interface StoredFlags {
  readonly latest: number | undefined;
  readonly document: FlagDocument;
}

/** The flags of a target as AppConfig stores them, version by version. */
export class FlagDocuments {
  constructor(
    private readonly client: AppConfigClient,
    private readonly place: Pick<FlagPlace, 'application' | 'profile'>,
  ) {}

  /** Stores a version on top of `latest`; ConflictException where somebody else has done so. Gives its number. */
  async store(latest: number | undefined, document: FlagDocument): Promise<number> {
    const created = await this.client.send(
      new CreateHostedConfigurationVersionCommand({
        ...this.profile(),
        Content: new TextEncoder().encode(JSON.stringify(document)),
        ContentType: 'application/json',
        ...(latest === undefined ? {} : { LatestVersionNumber: latest }),
      }),
    );
    return created.VersionNumber ?? 0;
  }

  async newest(): Promise<StoredFlags> {
    const latest = await this.newestVersion();
    if (latest === undefined) return { latest, document: parseFlags(undefined) };
    return { latest, document: await this.ofVersion(latest) };
  }

  async ofVersion(version: number): Promise<FlagDocument> {
    const stored = await this.client.send(
      new GetHostedConfigurationVersionCommand({ ...this.profile(), VersionNumber: version }),
    );
    return parseFlags(new TextDecoder().decode(stored.Content));
  }

  /** AppConfig promises no order of its list. */
  private async newestVersion(): Promise<number | undefined> {
    let newest: number | undefined;
    let next: string | undefined;
    do {
      const page: ListHostedConfigurationVersionsCommandOutput = await this.client.send(
        new ListHostedConfigurationVersionsCommand({
          ...this.profile(),
          MaxResults: 50,
          ...(next === undefined ? {} : { NextToken: next }),
        }),
      );
      for (const { VersionNumber: number = 0 } of page.Items ?? []) newest = Math.max(newest ?? 0, number);
      next = page.NextToken;
    } while (next !== undefined);
    return newest;
  }

  private profile(): { readonly ApplicationId: string; readonly ConfigurationProfileId: string } {
    return { ApplicationId: this.place.application, ConfigurationProfileId: this.place.profile };
  }
}
