import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { InvalidConfig, parseConfig, type Config } from './config.ts';
import { UnderpinStack } from './underpin-stack.ts';

const app = new App();
const config = await configured().catch(refuse);
const account = process.env['CDK_DEFAULT_ACCOUNT'];
const region = process.env['CDK_DEFAULT_REGION'];

new UnderpinStack(app, 'Underpin', {
  config,
  stackName: config.name,
  // Without credentials the template is one for any account.
  ...(account !== undefined && region !== undefined ? { env: { account, region } } : {}),
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();

/** What `underpin.config.ts` (or `-c config=…`) exports as `config`, and the context over it. */
async function configured(): Promise<Config> {
  const named = z.string().optional().parse(app.node.tryGetContext('config'));
  const file = named ?? 'underpin.config.ts';
  return parseConfig(await exported(file, named !== undefined), (key) => app.node.tryGetContext(key), file);
}

function refuse(error: unknown): never {
  if (!(error instanceof InvalidConfig)) throw error;
  // The message says it all; a stack trace of ours would hide it.
  console.error(error.message);
  process.exit(1);
}

async function exported(file: string, mustExist: boolean): Promise<unknown> {
  const path = resolve(file);
  if (!existsSync(path)) {
    if (mustExist) throw new InvalidConfig(`there is no ${file}, which \`-c config\` names`);
    return undefined;
  }
  const loaded = z.record(z.string(), z.unknown()).parse(await import(pathToFileURL(path).href));
  if (loaded['config'] === undefined)
    throw new InvalidConfig(
      `${file} must export its configuration: \`export const config: UnderpinConfig = {…}\``,
    );
  return loaded['config'];
}
