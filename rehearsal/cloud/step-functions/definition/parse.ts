import type { z } from 'zod';
import { describeThrown } from '../reason.ts';
import { ServiceError } from '../service-error.ts';
import { expressionProblems } from './expression-problems.ts';
import { flowProblems } from './flow-problems.ts';
import type { Problem } from './problem.ts';
import { resourceProblems } from './resource-problems.ts';
import { ruleProblems } from './rule-problems.ts';
import { machine, type Machine } from './states.ts';
import { variableProblems } from './variable-problems.ts';

const JSONPATH_FIELDS = new Set([
  'InputPath',
  'OutputPath',
  'ResultPath',
  'Parameters',
  'ResultSelector',
  'Result',
  'ItemsPath',
  'Iterator',
  'Variable',
]);

/**
 * Reads a definition, and refuses everything that is wrong with it or that is not imitated, all at once.
 *
 * @throws ServiceError InvalidDefinition
 */
export async function parseDefinition(text: string): Promise<Machine> {
  const json = parseJson(text);
  const shaped = machine.safeParse(json);
  if (!shaped.success) throw invalid(shaped.error.issues.flatMap((issue) => asProblems(issue)));
  const definition = shaped.data;
  const problems = [
    ...flowProblems(definition),
    ...ruleProblems(definition),
    ...expressionProblems(definition),
    ...variableProblems(definition),
    ...(await resourceProblems(definition)),
  ];
  if (problems.length > 0) throw invalid(problems);
  return definition;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ServiceError(
      'InvalidDefinition',
      `Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: ${describeThrown(error)}'`,
    );
  }
}

function invalid(problems: readonly Problem[]): ServiceError {
  const all = problems.map(({ at, what }) => `SCHEMA_VALIDATION_FAILED: ${what} at ${at === '' ? '/' : at}`);
  return new ServiceError('InvalidDefinition', `Invalid State Machine Definition: '${all.join(', ')}'`);
}

function asProblems(issue: z.core.$ZodIssue): readonly Problem[] {
  const at = issue.path.map((step) => (typeof step === 'number' ? `[${step}]` : `/${String(step)}`)).join('');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((field) => ({ at: `${at}/${field}`, what: unknownField(field) }));
  }
  const field = String(issue.path.at(-1) ?? '');
  if (field === 'QueryLanguage') {
    return [
      { at, what: 'The QueryLanguage must be JSONata (absent, it is JSONPath, which is not imitated)' },
    ];
  }
  if (issue.code === 'invalid_union' && field === 'Type') {
    const types = 'Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map';
    return [{ at, what: `The field 'Type' should have one of these values: [${types}]` }];
  }
  return [{ at, what: `The field '${field}': ${issue.message}` }];
}

function unknownField(field: string): string {
  const jsonPath = JSONPATH_FIELDS.has(field) || field.endsWith('Path') || field.endsWith('.$');
  return jsonPath
    ? `The field '${field}' belongs to JSONPath and is not supported with QueryLanguage JSONata`
    : `The field '${field}' is not supported`;
}
