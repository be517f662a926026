/** Where this Step Functions pretends to be. */
export interface Home {
  readonly region: string;
  readonly accountId: string;
}

const states = ({ region, accountId }: Home, rest: string) => `arn:aws:states:${region}:${accountId}:${rest}`;

export const stateMachineArn = (home: Home, name: string) => states(home, `stateMachine:${name}`);

/** A child of a distributed map has the machine `machine/label`. */
export const executionArn = (home: Home, machine: string, name: string) =>
  states(home, `execution:${machine}:${name}`);

export const mapRunArn = (home: Home, machine: string, label: string, id: string) =>
  states(home, `mapRun:${machine}/${label}:${id}`);

/** A function is named by its ARN, its name, or `name:qualifier`. */
export function functionArn({ region, accountId }: Home, functionName: string): string {
  if (functionName.startsWith('arn:')) return functionName;
  return `arn:aws:lambda:${region}:${accountId}:function:${functionName}`;
}

/** The version or alias at the end of a function's ARN; `$LATEST` when it names none. */
export function functionVersion(arn: string): string {
  return arn.split(':')[7] ?? '$LATEST';
}
