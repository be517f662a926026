import { identifier, literal } from '../database/postgres-names.ts';
import type { BaseType } from './column-type.ts';
import { arraySteps, byteSteps, jsonSteps, rangeSteps } from './container-steps.ts';
import { rowNumber, sizes, typed, type Material, type Step, type ValueSteps } from './step-material.ts';
import { textSteps } from './text-steps.ts';

/** Steps from what a condition is made of, with those that its column's type has of its own. */
export function valueSteps(of: Material): ValueSteps {
  const { type, pieces, others } = of;
  const its = stepsOfType(of);
  return {
    values: [
      ...others.map((column) => `base.${identifier(column)}`),
      ...pieces.ofOthers,
      ...pieces.constant,
      ...[...pieces.texts, ...pieces.numbers].map(literal),
      ...its.values,
    ].map((value) => typed(value, type)),
    steps: [...pieces.ofValue, ...its.steps].map((step) => (value) => typed(step(value), type)),
  };
}

function stepsOfType({ type, ...rest }: Material): ValueSteps {
  if (type.kind === 'array') return arraySteps({ type, ...rest });
  if (type.kind === 'range') return rangeSteps({ type, ...rest });
  if (type.kind === 'enum') return { values: type.labels.map(literal), steps: [] };
  if (type.kind !== 'base') return { values: [], steps: [] };
  return (byName[type.name] ?? byCategory[type.category] ?? none)({ type, ...rest });
}

const none = (): ValueSteps => ({ values: [], steps: [] });

function ofNumber({ type, pieces, others }: Material<BaseType>): ValueSteps {
  const given = [...pieces.numbers, '0', '1', '100'];
  const numbers = others.map((column) => `base.${identifier(column)}`);
  const sum = numbers.length === 0 ? [] : [`(${numbers.join(' + ')})`];
  const whole = type.name.startsWith('int');
  return {
    values: [
      ...given.flatMap((number) => [`${number} + 1`, `${number} - 1`]),
      ...[...numbers, ...sum].flatMap((other) =>
        given.flatMap((number) => [
          `${number} - ${other}`,
          `${other} + ${number}`,
          `${other} - ${number}`,
          `${other} * ${number}`,
          `${other} / nullif(${number}, 0)`,
          `${number} / nullif(${other}, 0)`,
        ]),
      ),
      rowNumber,
    ],
    steps: [
      ...given.flatMap((number): readonly Step[] => [
        (value) => `mod(${value}::numeric, nullif(${number}, 0))`,
        (value) => `mod(abs(${value})::numeric, ${number} + 1)`,
        (value) => `${value} * ${number}`,
        (value) => `${value} / nullif(${number}, 0)`,
        (value) => `${value} + ${number}`,
        (value) => `${value} - mod(${value}::numeric, nullif(${number}, 0))`,
        (value) => `${number} + abs(${value})`,
        (value) => `${number} - abs(${value})`,
      ]),
      (value) => `- ${value}`,
      (value) => `abs(${value})`,
      (value) => `power(2, mod(abs(${value})::numeric, 10))`,
      ...(whole ? [] : [(value: string) => `round(${value}::numeric)`]),
    ],
  };
}

const units = ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'];
const spans = ['1 second', '1 hour', '1 day', '31 days', '1 year'].map((span) => `interval ${literal(span)}`);

function ofMoment({ pieces, others }: Material): ValueSteps {
  const from = [
    ...others.map((column) => `base.${identifier(column)}`),
    ...pieces.constant,
    ...pieces.texts.map((text) => `${literal(text)}::timestamptz`),
  ];
  return {
    values: from.flatMap((moment) => spans.flatMap((span) => [`${moment} + ${span}`, `${moment} - ${span}`])),
    steps: [
      ...units.flatMap((unit): readonly Step[] => [
        (value) => `date_trunc('${unit}', ${value})`,
        (value) => `date_trunc('${unit}', ${value}) + interval '1 month' - interval '1 day'`,
      ]),
      ...spans.flatMap((span): readonly Step[] => [
        (value) => `${value} + ${span}`,
        (value) => `${value} - ${span}`,
      ]),
      ...[1, 2, 3, 4, 5, 6].map(
        (day): Step =>
          (value) =>
            `date_trunc('week', ${value}) + interval '${day} days'`,
      ),
    ],
  };
}

function ofAddress({ type, pieces }: Material<BaseType>): ValueSteps {
  return {
    values: [`set_masklen('fd00::'::inet + ${rowNumber}, 128)`, "'fd00::/64'", "'10.0.0.0/8'"],
    steps: [
      ...sizes(pieces).map(
        (size): Step =>
          (value) =>
            `set_masklen(${value}::${type.sql}, ${size})`,
      ),
      ...sizes(pieces).map(
        (size): Step =>
          (value) =>
            `network(set_masklen(${value}::inet, ${size}))`,
      ),
      (value) => `network(${value})`,
    ],
  };
}

const byName: Readonly<Record<string, (of: Material<BaseType>) => ValueSteps>> = {
  json: jsonSteps,
  jsonb: jsonSteps,
  bytea: byteSteps,
  citext: textSteps,
};
/** pg_type.typcategory. */
const byCategory: Readonly<Record<string, (of: Material<BaseType>) => ValueSteps>> = {
  S: textSteps,
  N: ofNumber,
  D: ofMoment,
  I: ofAddress,
};
