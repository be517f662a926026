import mysql, { type ExecuteValues } from 'mysql2';
import { checkedLong, hintedText, parametersInOrder } from '../parameters-in-order.ts';
import type { SqlParameter } from '../requests.ts';

/** Values in the order of `names`, each with the type that it is bound as. */
export const bindParameters = (
  names: readonly string[],
  parameters: readonly SqlParameter[],
): ExecuteValues[] => parametersInOrder(names, parameters).map(bindValue);

// MySQL converts a string to whatever it meets, so that a hint only checks the form.
function bindValue({ name, value, typeHint }: SqlParameter): ExecuteValues {
  if ('isNull' in value) return null;
  if (typeHint !== undefined) return hintedText(name, value, typeHint);
  if ('stringValue' in value) return value.stringValue;
  if ('longValue' in value) return mysql.TypedParameter.BIGINT(checkedLong(value.longValue));
  if ('doubleValue' in value) return Number(value.doubleValue);
  if ('booleanValue' in value) return value.booleanValue;
  if ('blobValue' in value) return Buffer.from(value.blobValue, 'base64');
  throw new Error('an array reached the binding of values');
}
