/** The part of a deployment strategy that decides who gets the new version when. */
export type Growth = {
  readonly DeploymentDurationInMinutes: number;
  readonly GrowthFactor: number;
  readonly GrowthType: 'LINEAR' | 'EXPONENTIAL';
};

/** From `atMs` after the start, `percentage` of the clients get the new version. */
export type Step = { readonly atMs: number; readonly percentage: number };

/**
 * The steps of a deployment, evenly spread over its duration; the first is at once, as documented: linear growth of 20
 * gives 20 % at the start and 40 % after a fifth of the time; exponential growth of G gives G·2^N.
 */
export function deploymentSchedule({
  DeploymentDurationInMinutes,
  GrowthFactor,
  GrowthType,
}: Growth): Step[] {
  const percentages: number[] = [];
  for (let turn = 0; (percentages.at(-1) ?? 0) < 100; turn++)
    percentages.push(
      Math.min(100, GrowthType === 'LINEAR' ? GrowthFactor * (turn + 1) : GrowthFactor * 2 ** turn),
    );
  const everyMs = (DeploymentDurationInMinutes * 60_000) / percentages.length;
  // A duration of 0 has no room between steps: everybody gets it at once.
  if (everyMs === 0) return [{ atMs: 0, percentage: 100 }];
  return percentages.map((percentage, turn) => ({ atMs: turn * everyMs, percentage }));
}
