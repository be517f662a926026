/** Decides whether an event fits a rule's pattern. */
export type EventMatcher = (event: unknown) => boolean;

type FieldMatcher = (values: readonly unknown[]) => boolean;

/** The pattern uses something outside the documented core, or is malformed; the message names the place. */
class EventPatternError extends Error {
  override readonly name = 'EventPatternError';
}

/**
 * Compiles an EventBridge event pattern: exact values, prefix, anything-but, exists and numeric. A field of the event
 * that is an array matches when one of its elements does.
 *
 * @throws EventPatternError for every other operator
 */
export function compileEventPattern(pattern: unknown): EventMatcher {
  if (!isObject(pattern) || Object.keys(pattern).length === 0)
    throw new EventPatternError('An event pattern is an object with at least one field');
  const matches = objectMatcher(pattern, '');
  return (event) => matches([event]);
}

function objectMatcher(pattern: Readonly<Record<string, unknown>>, place: string): FieldMatcher {
  const fields = Object.entries(pattern).map(([name, wanted]) => {
    const where = `${place}/${name}`;
    if (name.startsWith('$')) throw new EventPatternError(`${where}: the rehearsal does not know ${name}`);
    return { name, matches: fieldMatcher(wanted, where) };
  });
  return (values) =>
    fields.every(({ name, matches }) =>
      matches(values.flatMap((value) => (isObject(value) && name in value ? flat(value[name]) : []))),
    );
}

function fieldMatcher(wanted: unknown, place: string): FieldMatcher {
  if (isObject(wanted)) return objectMatcher(wanted, place);
  if (!Array.isArray(wanted) || wanted.length === 0)
    throw new EventPatternError(`${place}: a field of a pattern is an object or a list with values`);
  const alternatives = wanted.map((it: unknown) => alternative(it, place));
  return (values) => alternatives.some((matches) => matches(values));
}

function alternative(wanted: unknown, place: string): FieldMatcher {
  if (!isObject(wanted)) {
    if (Array.isArray(wanted)) throw new EventPatternError(`${place}: a list in a list`);
    return (values) => values.includes(wanted);
  }
  const [[operator, operand] = [], ...more] = Object.entries(wanted);
  const build = operators.get(operator ?? '');
  if (build === undefined || more.length > 0)
    throw new EventPatternError(`${place}: the rehearsal does not know ${JSON.stringify(wanted)}`);
  return build(operand, `${place}/${operator}`);
}

const operators: ReadonlyMap<string, (operand: unknown, place: string) => FieldMatcher> = new Map([
  ['exists', exists],
  ['prefix', prefix],
  ['anything-but', anythingBut],
  ['numeric', numeric],
]);

function exists(operand: unknown, place: string): FieldMatcher {
  if (typeof operand !== 'boolean') throw new EventPatternError(`${place}: exists is true or false`);
  return (values) => values.length > 0 === operand;
}

function prefix(operand: unknown, place: string): FieldMatcher {
  if (typeof operand !== 'string') throw new EventPatternError(`${place}: prefix is text`);
  return (values) => values.some((value) => typeof value === 'string' && value.startsWith(operand));
}

/** A field that is absent is not "anything but": the rule needs a value. */
function anythingBut(operand: unknown, place: string): FieldMatcher {
  if (isObject(operand)) {
    if (Object.keys(operand).join() !== 'prefix')
      throw new EventPatternError(`${place}: the rehearsal does not know ${JSON.stringify(operand)}`);
    const begins = prefix(operand['prefix'], place);
    return (values) => values.some((value) => !begins([value]));
  }
  const refused: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (refused.some((it) => typeof it !== 'string' && typeof it !== 'number'))
    throw new EventPatternError(`${place}: anything-but takes texts and numbers`);
  return (values) => values.some((value) => !refused.includes(value));
}

const comparisons: ReadonlyMap<unknown, (value: number, limit: number) => boolean> = new Map([
  ['=', (value: number, limit: number) => value === limit],
  ['<', (value: number, limit: number) => value < limit],
  ['<=', (value: number, limit: number) => value <= limit],
  ['>', (value: number, limit: number) => value > limit],
  ['>=', (value: number, limit: number) => value >= limit],
]);

/** `["=", 5]` or `[">", 0, "<=", 5]`. */
function numeric(operand: unknown, place: string): FieldMatcher {
  const parts: readonly unknown[] = Array.isArray(operand) ? operand : [];
  if (parts.length !== 2 && parts.length !== 4)
    throw new EventPatternError(`${place}: numeric takes one or two comparisons, as [">", 0, "<", 5]`);
  const conditions = parts.flatMap((sign, index) => {
    if (index % 2 === 1) return [];
    const [holds, limit] = [comparisons.get(sign), parts[index + 1]];
    if (holds === undefined || typeof limit !== 'number')
      throw new EventPatternError(`${place}: ${JSON.stringify([sign, limit])} is no comparison`);
    return [(value: number) => holds(value, limit)];
  });
  return (values) =>
    values.some((value) => typeof value === 'number' && conditions.every((holds) => holds(value)));
}

function flat(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
