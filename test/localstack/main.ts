import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { checks, type Place } from './checks.ts';
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
if (running) {
  try {
    process.exitCode = await tested(running);
  } finally {
    await running.stop();
  }
} else
  console.log(
    'SKIPPED: no emulator. Set AWS_ENDPOINT_URL, or install one (pip install ministack), or let this run do it: npm run test:localstack -- --install. Nothing was tested.',
  );

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
    const failed = await allChecked({
      endpoint,
      region,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    run(['destroy', '--app', folder, '--force']);
    console.log('✓ taken down');
    return failed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function allChecked(place: Place): Promise<number> {
  let failed = 0;
  for (const [claim, see] of checks) {
    try {
      console.log(`✓ ${claim}: ${await see(place)}`);
    } catch (error) {
      failed = 1;
      console.log(`✗ ${claim}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return failed;
}
