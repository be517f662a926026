import type { PhaseName } from '../../engine/plan/plan.ts';
import type { RehearsedDatabase } from '../database/rehearsed-database.ts';
import type { LocalCloud } from '../deployment/local-cloud.ts';

interface Joined {
  readonly cloud: Pick<LocalCloud, 'agentUrlOf'>;
  readonly target: string;
  readonly flag: string;
  readonly lived: readonly PhaseName[];
}

/**
 * Where an application of one's own finds the rehearsal: each address is a line, so that it can be copied. The password is
 * that of a server which ends with the rehearsal; whoever gave a copy has its address.
 */
export function joinLines(
  { url, isOurs }: Pick<RehearsedDatabase, 'url' | 'isOurs'>,
  { cloud, target, flag, lived }: Joined,
): readonly string[] {
  const addresses = [
    ...(isOurs ? [url] : []),
    ...(lived.includes('read-switch') ? [`${cloud.agentUrlOf(target)}?flag=${flag}`] : []),
  ];
  return addresses.length === 0
    ? []
    : ['  an application of your own can join at', ...addresses.map((each) => `    ${each}`)];
}
