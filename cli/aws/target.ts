import { InvalidArgumentError, type Command } from 'commander';
import { findRehearsal, type RehearsalNotice } from '../rehearsal-notice.ts';
import { UsageError } from '../usage-error.ts';

/** Which deployment a command is about, as it was asked for. */
export interface TargetOptions {
  readonly name: string;
  readonly region?: string;
  readonly profile?: string;
  readonly rehearsal?: boolean;
  readonly rehearsalPid?: number;
}

/** Which deployment a command is about, and where it answers. */
export interface Target {
  readonly name: string;
  readonly region: string | undefined;
  readonly profile: string | undefined;
  readonly rehearsal: RehearsalNotice | null;
  /** The words by which another command reaches the same deployment, with a blank before them. */
  readonly words: string;
}

const wholeNumber = (text: string): number => {
  if (!/^\d+$/u.test(text)) throw new InvalidArgumentError('It is a process id, a whole number.');
  return Number(text);
};

/** Adds the options by which every command finds its deployment. */
export const withTarget = (command: Command): Command =>
  command
    .option('--name <name>', 'the deployment: its configured name', 'underpin')
    .option('--region <region>', 'its AWS region; otherwise as AWS_REGION or the profile says')
    .option('--profile <profile>', 'the AWS profile to sign in with')
    .option('--rehearsal', 'a rehearsal that runs on this machine, instead of AWS')
    .option('--rehearsal-pid <pid>', 'of several rehearsals, the one with this process id', wholeNumber);

export const isRehearsal = ({ rehearsal, rehearsalPid }: TargetOptions): boolean =>
  rehearsal === true || rehearsalPid !== undefined;

/** Raises UsageError. */
export async function targetOf(options: TargetOptions): Promise<Target> {
  const { name, region, profile, rehearsalPid } = options;
  const rehearses = isRehearsal(options);
  if (rehearses && (region !== undefined || profile !== undefined))
    throw new UsageError('A rehearsal has neither region nor profile. Leave --region and --profile out.');
  return {
    name,
    region,
    profile,
    rehearsal: rehearses ? await findRehearsal(rehearsalPid) : null,
    words: [
      ...(name === 'underpin' ? [] : [`--name ${name}`]),
      ...(region === undefined ? [] : [`--region ${region}`]),
      ...(profile === undefined ? [] : [`--profile ${profile}`]),
      ...(rehearsalPid === undefined ? [] : [`--rehearsal-pid ${rehearsalPid}`]),
      ...(rehearses && rehearsalPid === undefined ? ['--rehearsal'] : []),
    ]
      .map((word) => ` ${word}`)
      .join(''),
  };
}
