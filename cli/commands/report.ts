import { underpin } from '../command-name.ts';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Command } from 'commander';
import { writeFile } from 'node:fs/promises';
import { reportKey } from '../../engine/words/target.ts';
import { Deployment } from '../aws/deployment.ts';
import { addressOf, withAddress, type AddressOptions } from '../aws/address.ts';
import type { Session } from '../session.ts';
import { NotDeployed, Refused } from '../refused.ts';
import { phaseNow } from '../../engine/ledger/phase-now.ts';
import { readCloseup } from '../status/look.ts';
import { UsageError } from '../usage-error.ts';

interface ReportOptions extends AddressOptions {
  readonly out?: string;
}

/** `underpin report MIGRATION` */
export function report(command: Command, { screen }: Session): void {
  withAddress(command)
    .argument('<migration>', 'its name')
    .option('--out <file>', 'where to; a name that ends in .json gets the data (default: MIGRATION.html)')
    .action(async (migration: string, { out, ...options }: ReportOptions) => {
      const deployment = new Deployment(await addressOf(options));
      const look = await readCloseup(deployment, migration);
      const { execution, status } = look.migration;
      const bucket = look.surroundings.reportBucket;
      if (bucket === undefined)
        throw new NotDeployed('This deployment keeps no reports. Deploy this version: npx cdk deploy');
      const file = out ?? `${migration}.html`;
      const of = { migration, target: look.surroundings.target };
      const key = `${reportKey(of, execution)}.${file.endsWith('.json') ? 'json' : 'html'}`;
      if (status === 'running')
        throw new Refused(
          `The report is written when ${migration} is over; it is in phase ${phaseNow(look.migration, look.hold)}. \`${underpin} status ${migration}${deployment.address.words}\` says how far it is.`,
        );
      const page = await fetched(deployment.clients.s3, bucket, key);
      await write(file, page);
      screen.line(`${file}: the report of ${migration}, ${status} (s3://${bucket}/${key})`);
    });
}

// A role that may not list a bucket gets AccessDenied for an object that is not there.
const notThere = new Set(['NoSuchKey', 'AccessDenied']);

async function fetched(s3: S3Client, Bucket: string, Key: string): Promise<string> {
  try {
    return (await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()) ?? '';
  } catch (error) {
    if (!(error instanceof Error) || !notThere.has(error.name)) throw error;
    throw new Refused(
      `S3 has no s3://${Bucket}/${Key} for you (${error.name}). The log of write-report says whether it was written; the Operator policy allows to read it.`,
    );
  }
}

async function write(file: string, page: string): Promise<void> {
  try {
    await writeFile(file, page);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${file} cannot be written: ${said}. Give another --out.`);
  }
}
