import { App, Validations } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { parseConfig } from '../../infra/config.ts';
import { UnderpinStack } from '../../infra/underpin-stack.ts';

const resourceShape = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
});
const templateShape = z.looseObject({
  Resources: z.record(z.string(), resourceShape),
  Rules: z.record(z.string(), z.unknown()).optional(),
});
export type Resource = z.infer<typeof resourceShape>;
export interface Synthesised {
  readonly folder: string;
  readonly resources: Readonly<Record<string, Resource>>;
  readonly rules: readonly string[];
  readonly text: string;
}

const cdkJson = z.object({ context: z.record(z.string(), z.unknown()) });

/**
 * The stack as `cdk synth` makes it. With `nag`, what cdk-nag finds and nobody has acknowledged is raised. Without `staged` the functions' code is not copied, which is 30 MB.
 */
export function synthesised(
  config: unknown,
  { staged = false, nag = false, careless = false, env = {} } = {},
): Synthesised {
  const { context } = cdkJson.parse(JSON.parse(readFileSync('cdk.json', 'utf8')));
  const app = new App({
    outdir: mkdtempSync(join(tmpdir(), 'underpin-synth-')),
    context: { ...context, ...(staged ? {} : { 'aws:cdk:disable-asset-staging': true }) },
  });
  const stack = new UnderpinStack(app, 'Underpin', { config: parseConfig(config, () => undefined), env });
  if (careless)
    new ManagedPolicy(stack, 'Careless', {
      statements: [new PolicyStatement({ actions: ['s3:*'], resources: ['*'] })],
    });
  if (nag) Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const assembly = app.synth();
  const { template } = assembly.getStackByName('Underpin');
  const { Resources, Rules = {} } = templateShape.parse(template);
  return {
    folder: assembly.directory,
    resources: Resources,
    rules: Object.keys(Rules),
    text: JSON.stringify(template),
  };
}

export const ofType = ({ resources }: Synthesised, type: string): readonly (readonly [string, Resource])[] =>
  Object.entries(resources).filter(([, { Type }]) => Type === type);
