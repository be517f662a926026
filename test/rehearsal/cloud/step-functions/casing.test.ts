import { ExecuteStatementRequest$, ExecuteStatementResponse$ } from '@aws-sdk/client-rds-data';
import { NormalizedSchema } from '@smithy/core/schema';
import { expect, test } from 'vitest';
import {
  argumentProblems,
  fromSdk,
  toSdk,
} from '../../../../rehearsal/cloud/step-functions/integrations/casing.ts';

const execute = {
  input: NormalizedSchema.of(ExecuteStatementRequest$),
  output: NormalizedSchema.of(ExecuteStatementResponse$),
};

test('PascalCase goes to the casing of the model, in any depth', () => {
  const args = {
    ResourceArn: 'r',
    Sql: 'SELECT 1',
    Parameters: [
      { Name: 'n', Value: { LongValue: 1 }, TypeHint: 'JSON' },
      { Name: 'b', Value: { BlobValue: 'ab' } },
    ],
    ResultSetOptions: { LongReturnType: 'STRING' },
  };
  expect(toSdk(execute.input, args)).toEqual({
    resourceArn: 'r',
    sql: 'SELECT 1',
    parameters: [
      { name: 'n', value: { longValue: 1 }, typeHint: 'JSON' },
      { name: 'b', value: { blobValue: Buffer.from('ab') } },
    ],
    resultSetOptions: { longReturnType: 'STRING' },
  });
});

test('results come back in PascalCase, in any depth', () => {
  const records = [[{ stringValue: 'x' }, { isNull: true }, { arrayValue: { longValues: [1] } }]];
  const result = { $metadata: {}, numberOfRecordsUpdated: 0, records, generatedFields: undefined };
  expect(fromSdk(execute.output, result)).toEqual({
    NumberOfRecordsUpdated: 0,
    Records: [[{ StringValue: 'x' }, { IsNull: true }, { ArrayValue: { LongValues: [1] } }]],
  });
});

test('a parameter in the wrong casing or of another operation is named', () => {
  expect(argumentProblems(execute.input, { sql: 'x', Parameters: [{ name: 'n' }] })).toEqual([
    { path: '/sql', what: "The field 'sql' is not supported" },
    { path: '/Parameters[0]/name', what: "The field 'name' is not supported" },
  ]);
  expect(argumentProblems(execute.input, '{% $states.input %}')).toEqual([]);
});
