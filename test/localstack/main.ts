import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { checks, gone, type Place } from './checks.ts';
import { emulator } from './emulator.ts';
import { leaveOut } from './left-out.ts';

const region = 'us-east-1';
const account = '000000000000';
const commandTimeoutMs = 180_000;

/** Runs `cdklocal`; its output is shown where it fails. */
const cli =
  (endpoint: string) =>
  (args: readonly string[]): void => {
    const { status, stdout, stderr } = spawnSync('npx', ['cdklocal', ...args, '--no-notices'], {
      encoding: 'utf8',
      timeout: commandTimeoutMs,
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: endpoint,
        // Without its own, cdklocal asks for buckets by host names that nobody resolves.
        AWS_ENDPOINT_URL_S3: endpoint,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        CDK_DEFAULT_ACCOUNT: account,
        CDK_DEFAULT_REGION: region,
        CDK_DISABLE_CLI_TELEMETRY: 'true',
      },
    });
    if (status !== 0) throw new Error(`cdklocal ${args.join(' ')} failed:\n${stdout}\n${stderr}`);
  };

const running = await emulator({ install: process.argv.includes('--install') });
if (typeof running === 'string')
  console.log(
    `SKIPPED: no emulator (${running}). Set AWS_ENDPOINT_URL, or let this run install one, for which it needs python3 and the Python registry: npm run test:localstack -- --install. The deployment to an emulator was not tested.`,
  );
else {
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => void running.stop().finally(() => process.exit(130)));
  try {
    process.exitCode = await tested(running);
  } finally {
    await running.stop();
  }
}

async function tested({
  endpoint,
  name,
}: {
  readonly endpoint: string;
  readonly name: string;
}): Promise<number> {
  console.log(`deploying to ${name}`);
  const folder = mkdtempSync(join(tmpdir(), 'underpin-assembly-'));
  const run = cli(endpoint);
  try {
    const database = [
      'cluster=emulated',
      `secret=arn:aws:secretsmanager:${region}:${account}:secret:emulated-AbCdEf`,
      'database=shop',
    ];
    run(['synth', '--quiet', '--output', folder, ...database.flatMap((pair) => ['-c', pair])]);
    for (const line of leaveOut(folder)) console.log(`left out: ${line}`);
    run(['bootstrap']);
    run(['deploy', '--app', folder, '--require-approval', 'never']);
    const place = { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    const failed = await allChecked(place, checks);
    run(['destroy', '--app', folder, '--force']);
    return failed || (await allChecked(place, [['taken down', gone]]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function allChecked(place: Place, claims: typeof checks): Promise<number> {
  let failed = 0;
  for (const [claim, see] of claims) {
    try {
      console.log(`✓ ${claim}: ${await see(place)}`);
    } catch (error) {
      failed = 1;
      console.log(`✗ ${claim}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return failed;
}
