import {
  CreateHostedConfigurationVersionCommand,
  GetHostedConfigurationVersionCommand,
  ListHostedConfigurationVersionsCommand,
  type AppConfigClient,
  type ListHostedConfigurationVersionsCommandInput,
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
        ApplicationId: this.place.application,
        ConfigurationProfileId: this.place.profile,
        Content: new TextEncoder().encode(JSON.stringify(document)),
        ContentType: 'application/json',
        ...(latest === undefined ? {} : { LatestVersionNumber: latest }),
      }),
    );
    return created.VersionNumber ?? 0;
  }

  async newest(): Promise<StoredFlags> {
    const where = { ApplicationId: this.place.application, ConfigurationProfileId: this.place.profile };
    const latest = await this.newestVersion(where);
    if (latest === undefined) return { latest, document: parseFlags(undefined) };
    const stored = await this.client.send(
      new GetHostedConfigurationVersionCommand({ ...where, VersionNumber: latest }),
    );
    return { latest, document: parseFlags(new TextDecoder().decode(stored.Content)) };
  }

  /** AppConfig promises no order of its list. */
  private async newestVersion(
    where: Pick<ListHostedConfigurationVersionsCommandInput, 'ApplicationId' | 'ConfigurationProfileId'>,
  ): Promise<number | undefined> {
    let newest: number | undefined;
    let next: string | undefined;
    do {
      const page: ListHostedConfigurationVersionsCommandOutput = await this.client.send(
        new ListHostedConfigurationVersionsCommand({
          ...where,
          MaxResults: 50,
          ...(next === undefined ? {} : { NextToken: next }),
        }),
      );
      for (const { VersionNumber: number = 0 } of page.Items ?? []) newest = Math.max(newest ?? 0, number);
      next = page.NextToken;
    } while (next !== undefined);
    return newest;
  }
}
