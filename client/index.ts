import { OnlyNew } from './only-new.ts';
import type { OnlyNewOptions, ReadSwitchOptions } from './options.ts';
import { ReadSwitch } from './read-switch.ts';

export type { BreakerLimits } from './breaker.ts';
export { bucketOf } from './buckets.ts';
export type { SwitchEvent } from './events.ts';
export type { OnlyNew } from './only-new.ts';
export type { CompareOptions, MetricOptions, OnlyNewOptions, ReadSwitchOptions } from './options.ts';
export type { Key, Path, ReadPaths, WritePaths } from './paths.ts';
export type { ReadSwitch, SwitchState } from './read-switch.ts';

/**
 * The switch of one migration's reads, to be made once in a process:
 *
 * ```ts
 * const users = readSwitch({ flag: 'rename-users-email_shop' });
 * await users.ready();
 * const user = await users.read(userId, { old: () => byEmail(userId), new: () => byEmailAddress(userId) });
 * ```
 *
 * @throws TypeError for an option that cannot be meant
 */
export const readSwitch = (options: ReadSwitchOptions): ReadSwitch => new ReadSwitch(options);

/**
 * For the version of the application that only knows the new shape: reads go there, and their metrics go on.
 *
 * @throws TypeError for an option that cannot be meant
 */
export const onlyNew = (options: OnlyNewOptions): OnlyNew => new OnlyNew(options);
