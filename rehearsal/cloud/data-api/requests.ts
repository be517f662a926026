import { z } from 'zod';
import { ServiceError } from './service-error.ts';

/** A 64-bit integer that a JavaScript number cannot hold travels through our JSON parser as this string. */
const EXACT_LONG = /"longValue"\s*:\s*(-?\d{16,})(?=\s*[,}])/g;
const LONG_MARK = 'long:';

const long = z.union([
  z.int().transform(String),
  z
    .string()
    .startsWith(LONG_MARK)
    .transform((text) => text.slice(LONG_MARK.length)),
]);
const double = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]).transform(String);

/** Exactly one member, as in the service's union. `arrayValue` is read only to be refused by name. */
const field = z.union([
  z.strictObject({ isNull: z.literal(true) }),
  z.strictObject({ booleanValue: z.boolean() }),
  z.strictObject({ longValue: long }),
  z.strictObject({ doubleValue: double }),
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ blobValue: z.base64() }),
  z.strictObject({ arrayValue: z.unknown() }),
]);

const parameter = z.strictObject({
  name: z.string(),
  value: field,
  typeHint: z.enum(['JSON', 'UUID', 'TIMESTAMP', 'DATE', 'TIME', 'DECIMAL']).optional(),
});

const arn = z.string().min(11).max(570);
const target = { resourceArn: arn, secretArn: arn, database: z.string().max(64).optional() };
const schema = z.string().optional();
const transactionId = z.string().max(192);

const executeStatement = z.strictObject({
  ...target,
  schema,
  sql: z.string().max(65_536),
  parameters: z.array(parameter).optional(),
  transactionId: transactionId.optional(),
  includeResultMetadata: z.boolean().optional(),
  continueAfterTimeout: z.boolean().optional(),
  formatRecordsAs: z.enum(['NONE', 'JSON']).optional(),
  resultSetOptions: z
    .strictObject({
      decimalReturnType: z.enum(['STRING', 'DOUBLE_OR_LONG']).optional(),
      longReturnType: z.enum(['LONG', 'STRING']).optional(),
    })
    .optional(),
});

const batchExecuteStatement = z.strictObject({
  ...target,
  schema,
  sql: z.string().max(65_536),
  parameterSets: z.array(z.array(parameter)).optional(),
  transactionId: transactionId.optional(),
});

const beginTransaction = z.strictObject({ ...target, schema });
const endTransaction = z.strictObject({ resourceArn: arn, secretArn: arn, transactionId });

export const requestShapes = {
  ExecuteStatement: executeStatement,
  BatchExecuteStatement: batchExecuteStatement,
  BeginTransaction: beginTransaction,
  CommitTransaction: endTransaction,
  RollbackTransaction: endTransaction,
} as const;

export type OperationName = keyof typeof requestShapes;
export type RequestOf<Name extends OperationName> = z.infer<(typeof requestShapes)[Name]>;
export type SqlParameter = z.infer<typeof parameter>;
export type ResultSetOptions = NonNullable<RequestOf<'ExecuteStatement'>['resultSetOptions']>;

/** JSON with every `longValue` kept exact. A key in quotes that are not escaped cannot be part of a string value. */
export function parseBody(body: string): unknown {
  try {
    return JSON.parse(body.replace(EXACT_LONG, `"longValue":"${LONG_MARK}$1"`));
  } catch {
    throw new ServiceError('SerializationException', 'The request body is not JSON');
  }
}

/** Throws ValidationException naming the key: an unknown key, a wrong type, a value beyond the service's limits. */
export function readRequest<Request extends object>(shape: z.ZodType<Request>, body: unknown): Request {
  const read = shape.safeParse(body);
  if (!read.success) throw new ServiceError('ValidationException', complaint(read.error));
  if ('schema' in read.data && read.data.schema !== undefined) {
    throw new ServiceError('ValidationException', "The schema parameter isn't supported");
  }
  return read.data;
}

function complaint(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'the request is not valid';
  const where = issue.path.join('.');
  return where === '' ? issue.message : `${issue.message} at '${where}'`;
}
