import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { NotDeployed, Refused } from '../refused.ts';
import { UsageError } from '../usage-error.ts';

const failure = z.object({ errorType: z.string().optional(), errorMessage: z.string().optional() });

// By name, what a function says to a person; its message teaches.
const saysNo = new Set(['OrderRefused', 'InvalidSpec', 'PreflightFailed']);

/**
 * Invokes a function of a deployment and parses its answer. Raises NotDeployed where there is no such function or it is
 * of another version, Refused where it says no, Error where it fails, and whatever AWS raises.
 */
export async function invoke<T>(
  lambda: LambdaClient,
  { deployment, name }: { readonly deployment: string; readonly name: string },
  input: object,
  answer: z.ZodType<T>,
): Promise<T> {
  const functionName = `${deployment}-${name}`;
  const { Payload, FunctionError } = await asked(lambda, functionName, input);
  const said: unknown = JSON.parse(new TextDecoder().decode(Payload));
  if (FunctionError !== undefined) throw failed(failure.parse(said), `/underpin/${deployment}/${name}`);
  const parsed = answer.safeParse(said);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map(({ path }) => path.join('.')).slice(0, 3);
  throw new NotDeployed(
    `${functionName} answers in another version's words (${places.join(', ')}). Use the command line of the version that is deployed, or deploy this one: npx cdk deploy`,
  );
}

async function asked(lambda: LambdaClient, FunctionName: string, input: object) {
  try {
    return await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(input) }));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ResourceNotFoundException') throw error;
    const region = await lambda.config.region();
    throw new NotDeployed(
      `There is no function ${FunctionName} in ${region}. Is it deployed there? Give --region, --profile, or the deployment's --name; or deploy this version: npx cdk deploy`,
    );
  }
}

function failed({ errorType, errorMessage }: z.infer<typeof failure>, log: string): Error {
  // In the words of Lambda, a time-out has no type of its own.
  const said = [errorType, errorMessage].filter((it) => it !== undefined).join(': ');
  if (errorType === 'NoSuchTarget') return new UsageError(errorMessage ?? errorType);
  return new Refused(
    errorType !== undefined && saysNo.has(errorType)
      ? (errorMessage ?? errorType)
      : `The function failed: ${said}. Its log says more: ${log}`,
  );
}
