import { CustomResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { builtFolder } from '../from-root.ts';
import { leastRole, type Permission } from '../constructs/least-role.ts';

export interface DemoFunctionProps {
  readonly prefix: string;
  /** The file in `infra/demo/functions`, and the end of the function's name. */
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly Permission[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * A function that CloudFormation calls when the demo comes and goes. CDK's own providers of custom resources would leave
 * log groups behind that nobody deletes.
 */
export class DemoFunction extends Construct {
  readonly called: CustomResource;

  constructor(scope: Construct, { prefix, name, description, permissions, environment }: DemoFunctionProps) {
    super(scope, name);
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/underpin/${prefix}/${name}`,
      retention: RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const log: Permission = {
      why: 'write its own log',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    };
    const role = leastRole(this, 'Role', 'lambda.amazonaws.com', [log, ...permissions], description);
    const made = new LambdaFunction(this, 'Function', {
      functionName: `${prefix}-${name}`,
      description,
      code: Code.fromAsset(builtFolder(`demo/${name}`)),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 256,
      timeout: Duration.minutes(5),
      role: role.withoutPolicyUpdates(),
      logGroup,
      environment: { ...environment },
    });
    made.node.addDependency(role);
    this.called = new CustomResource(this, 'Called', {
      serviceToken: made.functionArn,
      resourceType: `Custom::Underpin${name.replaceAll(/(?:^|-)(\w)/gu, (_, letter: string) => letter.toUpperCase())}`,
      serviceTimeout: Duration.minutes(6),
    });
  }
}
