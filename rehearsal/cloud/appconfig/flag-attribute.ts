import type { AttributeConstraints, AttributeValue } from './flag-schema.ts';

/** Why the value breaks the constraints of its attribute, or undefined when it does not. */
export function attributeFault(
  value: AttributeValue | undefined,
  constraints: AttributeConstraints | undefined,
): string | undefined {
  if (constraints === undefined) return undefined;
  if (value === undefined)
    return constraints.required === true ? 'a required attribute is missing' : undefined;
  if (constraints.type === 'boolean') return typeof value === 'boolean' ? undefined : 'not a boolean';
  if (constraints.type === 'array') return arrayFault(value, constraints.elements);
  return elementFault(value, constraints);
}

type ElementConstraints = Extract<AttributeConstraints, { type: 'number' | 'string' }>;

function arrayFault(value: AttributeValue, elements: ElementConstraints | undefined): string | undefined {
  if (!Array.isArray(value)) return 'not an array';
  if (elements === undefined) return undefined;
  return value.map((it) => elementFault(it, elements)).find((fault) => fault !== undefined);
}

function elementFault(value: AttributeValue, constraints: ElementConstraints): string | undefined {
  if (constraints.type === 'number') {
    if (typeof value !== 'number') return 'not a number';
    if (value < (constraints.minimum ?? -Infinity)) return `less than ${constraints.minimum}`;
    return value > (constraints.maximum ?? Infinity) ? `more than ${constraints.maximum}` : undefined;
  }
  if (typeof value !== 'string') return 'not a string';
  if (constraints.enum !== undefined && !constraints.enum.includes(value)) return 'not one of its enum';
  const { pattern } = constraints;
  return pattern === undefined || new RegExp(pattern, 'u').test(value)
    ? undefined
    : `does not match ${pattern}`;
}
