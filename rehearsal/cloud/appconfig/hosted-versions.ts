import type { Clock } from '../clock.ts';
import type { LocalResponse } from '../local-request.ts';
import { AppConfigError, badRequest, conflict, notFound } from './appconfig-error.ts';
import { parseFlagDocument } from './flag-document.ts';
import type { FlagDocument } from './flag-schema.ts';
import { header, optionalInteger, page, type Call, type Operation } from './operation.ts';
import type { HostedVersion, Profile, Store } from './store.ts';

const longestContentBytes = 2 * 1024 * 1024;

export function hostedVersionOperations(
  store: Store,
  clock: Clock,
): { readonly create: Operation; readonly get: Operation; readonly list: Operation } {
  return {
    create: (call) => {
      const profile = profileOf(store, call);
      const version = nextVersion(profile, call, clock);
      profile.versions.push(version);
      return whole(201, profile, version);
    },
    get: (call) => {
      const profile = profileOf(store, call);
      return whole(200, profile, versionOf(profile, call.param('VersionNumber')));
    },
    list: (call) => {
      const profile = profileOf(store, call);
      const label = call.request.query.get('version_label');
      const wanted = profile.versions.filter((it) => label === null || it.VersionLabel === label);
      const newestFirst = wanted.toReversed().map((it) => summary(profile, it));
      return page(call, newestFirst, ['version_label']);
    },
  };
}

/** By number, or by label, as StartDeployment takes it. */
export function versionOf(profile: Profile, numberOrLabel: string): HostedVersion {
  const found =
    profile.versions.find((it) => it.VersionLabel === numberOrLabel) ??
    profile.versions.find((it) => String(it.VersionNumber) === numberOrLabel);
  if (found === undefined) throw notFound('HostedConfigurationVersion', numberOrLabel);
  return found;
}

function profileOf(store: Store, call: Call): Profile {
  return store.applications
    .get(call.param('ApplicationId'))
    .profiles.get(call.param('ConfigurationProfileId'));
}

function nextVersion(profile: Profile, call: Call, clock: Clock): HostedVersion {
  const latest = profile.versions.length;
  const expected = optionalInteger('LatestVersionNumber', header(call, 'Latest-Version-Number'));
  if (expected !== undefined && expected !== latest)
    throw conflict(`The latest version number is ${latest}, not ${expected}`);
  const content = call.request.body;
  if (content.byteLength > longestContentBytes)
    throw new AppConfigError('PayloadTooLargeException', 'The configuration is larger than 2 MiB', {
      Measure: 'KILOBYTES',
      Limit: longestContentBytes / 1024,
      Size: content.byteLength / 1024,
    });
  const ContentType = header(call, 'Content-Type');
  if (ContentType === undefined) throw badRequest('ContentType is missing');
  const VersionLabel = header(call, 'VersionLabel');
  if (VersionLabel !== undefined && !/^(?=.*[^0-9])[ -~]{1,64}$/.test(VersionLabel))
    throw badRequest('VersionLabel has 1 to 64 characters, not all of them digits');
  if (VersionLabel !== undefined && profile.versions.some((it) => it.VersionLabel === VersionLabel))
    throw conflict(`The version label ${VersionLabel} exists already`);
  return {
    VersionNumber: latest + 1,
    Content: profile.Type === 'AWS.Freeform' ? content : stampedFlags(content, ContentType, clock),
    ContentType,
    Description: header(call, 'Description'),
    VersionLabel,
  };
}

/** AWS writes times of its own into a flag document: who reads it back gets other bytes than he sent. */
function stampedFlags(content: Buffer, contentType: string, clock: Clock): Uint8Array {
  if (contentType !== 'application/json') throw badRequest('Feature flags are application/json');
  const document = parseFlagDocument(content);
  const now = new Date(clock.now()).toISOString();
  const stamp = <T extends { readonly _createdAt?: string | undefined }>(
    members: Readonly<Record<string, T>> | undefined,
  ) =>
    Object.fromEntries(
      Object.entries(members ?? {}).map(([key, member]) => [
        key,
        { ...member, _createdAt: member._createdAt ?? now, _updatedAt: now },
      ]),
    );
  const stamped = {
    ...document,
    flags: stamp(document.flags),
    values: stamp(document.values),
  } as FlagDocument;
  return Buffer.from(JSON.stringify(stamped));
}

function whole(status: number, profile: Profile, version: HostedVersion): LocalResponse {
  return {
    status,
    headers: {
      'application-id': profile.ApplicationId,
      'configuration-profile-id': profile.Id,
      'version-number': String(version.VersionNumber),
      'content-type': version.ContentType,
      ...(version.Description === undefined ? {} : { description: version.Description }),
      ...(version.VersionLabel === undefined ? {} : { versionlabel: version.VersionLabel }),
    },
    body: version.Content,
  };
}

function summary(profile: Profile, version: HostedVersion): Record<string, unknown> {
  return {
    ApplicationId: profile.ApplicationId,
    ConfigurationProfileId: profile.Id,
    ...version,
    Content: undefined,
  };
}
