import { InvalidArgumentError, type Command } from 'commander';
import { findRehearsal, type RehearsalNotice } from '../rehearsal-notice.ts';
import { UsageError } from '../usage-error.ts';

/** Which deployment and which of its targets a command is about, as it was asked for. */
export interface AddressOptions {
  readonly name: string;
  readonly region?: string;
  readonly profile?: string;
  readonly target?: string;
  readonly rehearsal?: boolean;
  readonly rehearsalPid?: number;
}

/** Which deployment a command is about, where it answers, and which of its targets is meant. */
export interface Address {
  readonly name: string;
  readonly region: string | undefined;
  readonly profile: string | undefined;
  /** The name of a target; undefined where the only one is meant. */
  readonly target: string | undefined;
  readonly rehearsal: RehearsalNotice | null;
  /** The words by which another command reaches the same deployment, with a blank before them. */
  readonly words: string;
}

const wholeNumber = (text: string): number => {
  if (!/^\d+$/u.test(text)) throw new InvalidArgumentError('It is a process id, a whole number.');
  return Number(text);
};

/** Adds the options by which every command finds its deployment. */
export const withAddress = (command: Command): Command =>
  command
    .option('--name <name>', 'the deployment: its configured name', 'underpin')
    .option('--region <region>', 'its AWS region; otherwise as AWS_REGION or the profile says')
    .option('--profile <profile>', 'the AWS profile to sign in with')
    .option('--target <target>', 'the database, where the deployment serves several')
    .option('--rehearsal', 'a rehearsal that runs on this machine, instead of AWS')
    .option('--rehearsal-pid <pid>', 'of several rehearsals, the one with this process id', wholeNumber);

export const isRehearsal = ({ rehearsal, rehearsalPid }: AddressOptions): boolean =>
  rehearsal === true || rehearsalPid !== undefined;

/** Raises UsageError. */
export async function addressOf(options: AddressOptions): Promise<Address> {
  const { name, region, profile, target, rehearsalPid } = options;
  const rehearses = isRehearsal(options);
  if (rehearses && (region !== undefined || profile !== undefined))
    throw new UsageError('A rehearsal has neither region nor profile. Leave --region and --profile out.');
  return {
    name,
    region,
    profile,
    target,
    rehearsal: rehearses ? await findRehearsal(rehearsalPid) : null,
    words: [
      ...(name === 'underpin' ? [] : [`--name ${name}`]),
      ...(region === undefined ? [] : [`--region ${region}`]),
      ...(profile === undefined ? [] : [`--profile ${profile}`]),
      ...(target === undefined ? [] : [`--target ${target}`]),
      ...(rehearsalPid === undefined ? [] : [`--rehearsal-pid ${rehearsalPid}`]),
      ...(rehearses && rehearsalPid === undefined ? ['--rehearsal'] : []),
    ]
      .map((word) => ` ${word}`)
      .join(''),
  };
}
