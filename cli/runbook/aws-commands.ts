import type { DeploymentResources } from '../../engine/ledger/description.ts';
import { withReadShare, type ReadShare } from '../../engine/reads/flags.ts';
import { flagKeyOf } from '../../engine/words/target.ts';
import type { Address } from '../aws/address.ts';

/** Quoted for a POSIX shell. */
export const shellQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The AWS CLI's commands for one deployment, with its own names and identifiers. */
export class AwsCommands {
  private readonly more: string;

  constructor(
    private readonly address: Address,
    private readonly surroundings: DeploymentResources,
  ) {
    const { profile } = address;
    this.more = ` --region ${surroundings.region}${profile === undefined ? '' : ` --profile ${profile}`}`;
  }

  /** What a shell needs first to reach a rehearsal; nothing for AWS. */
  preparation(): readonly string[] {
    const { rehearsal } = this.address;
    if (rehearsal === null) return [];
    return [
      `export AWS_ACCESS_KEY_ID=${rehearsal.credentials.accessKeyId} AWS_SECRET_ACCESS_KEY=${rehearsal.credentials.secretAccessKey}`,
      ...Object.entries(rehearsal.endpoints).map(
        ([service, url]) => `export AWS_ENDPOINT_URL_${service}=${url}`,
      ),
    ];
  }

  decide(decision: object): string {
    const input = { ...decision, target: this.surroundings.target };
    return `aws stepfunctions start-execution --state-machine-arn ${this.surroundings.decideMachine} \\\n  --input ${shellQuoted(JSON.stringify(input))}${this.more}`;
  }

  start(migration: string): string {
    const { target } = this.surroundings;
    return `aws stepfunctions start-execution --state-machine-arn ${this.surroundings.startMachine} \\\n  --input ${shellQuoted(JSON.stringify({ migration, target }))}${this.more}`;
  }

  invoke(name: string, payload: object): string {
    const input = { ...payload, target: this.surroundings.target };
    return `aws lambda invoke --function-name ${this.address.name}-${name} --cli-binary-format raw-in-base64-out \\\n  --payload ${shellQuoted(JSON.stringify(input))} /dev/stdout${this.more}`;
  }

  /** The composite alarm on by hand: every migration of the target goes back. */
  tripGuardrail(): string {
    return `aws cloudwatch set-alarm-state --alarm-name ${this.surroundings.guardrailAlarm} --state-value ALARM --state-reason 'by hand'${this.more}`;
  }

  /**
   * The reads of one migration to the old shape without any function of ours. `mayWriteBoth`: the application may write both sides, and
   * its writers then stay strict where the flag says something of writes: what they begin with is not a person's to turn round.
   */
  readsBack(migration: string, mayWriteBoth: boolean): readonly string[] {
    const { application, environment, profile, back } = this.surroundings.flags;
    const of = `--application-id ${application} --configuration-profile-id ${profile}${this.more}`;
    const there = `--application-id ${application} --environment-id ${environment}${this.more}`;
    const key = flagKeyOf({ migration, target: this.surroundings.target });
    const said = (share: ReadShare): string =>
      JSON.stringify(withReadShare({ version: '1', flags: {}, values: {} }, key, share).values[key]);
    const place = `.values[${JSON.stringify(key)}]`;
    const strict = said({ percent: 0, writes: { truth: 'new', isStrict: true } });
    const flag = mayWriteBoth
      ? `(if any(${place}._variants[]?; .name | test("-(strict|truth)-")) then ${strict} else ${said({ percent: 0 })} end)`
      : said({ percent: 0 });
    return [
      `n=$(aws appconfig list-hosted-configuration-versions ${of} --max-results 1 --query 'Items[0].VersionNumber' --output text)`,
      `aws appconfig get-hosted-configuration-version ${of} --version-number $n flags.json`,
      `jq ${shellQuoted(`${place} = ${flag}`)} flags.json > back.json`,
      `v=$(aws appconfig create-hosted-configuration-version ${of} --latest-version-number $n \\\n  --content-type application/json --content fileb://back.json --query VersionNumber --output text written.json)`,
      '# A deployment that is under way is in the way; and with the alarm on, AppConfig would roll this one back itself.',
      `d=$(aws appconfig list-deployments ${there} --max-results 1 --query 'Items[0].DeploymentNumber' --output text)`,
      `aws appconfig stop-deployment ${there} --deployment-number $d   # says BadRequest where none is under way: fine`,
      `aws appconfig update-environment ${there} --monitors '[]'`,
      `aws appconfig start-deployment ${there} --configuration-profile-id ${profile} \\\n  --configuration-version $v --deployment-strategy-id ${back}`,
    ];
  }
}
