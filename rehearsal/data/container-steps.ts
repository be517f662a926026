import { literal } from '../database/postgres-names.ts';
import type { BaseType, ColumnType } from './column-type.ts';
import { rowNumber, sizes, typed, type Material, type Step, type ValueSteps } from './step-material.ts';

const first = (value: string): string => `(${value})[array_lower(${value}, 1)]`;

export function arraySteps({ type, pieces }: Material<ColumnType & { kind: 'array' }>): ValueSteps {
  const elements = pieces.texts.map((text) => typed(literal(text), type.element));
  return {
    values: [
      "'{}'",
      ...elements.map((element) => `ARRAY[${element}]`),
      ...(elements.length > 1 ? [`ARRAY[${elements.join(', ')}]`] : []),
      ...elements.flatMap((element) => sizes(pieces).map((size) => `array_fill(${element}, ARRAY[${size}])`)),
    ],
    steps: [
      ...sizes(pieces).flatMap((size): readonly Step[] => [
        (value) => `array_fill(${first(value)}, ARRAY[${size}])`,
        (value) => `array_fill(${first(value)}, ARRAY[2, ${size}])`,
        (value) => `array_fill(${first(value)}, ARRAY[2], ARRAY[${size}])`,
        (value) => `(${value})[1:${size}]`,
      ]),
      (value) => `${value} || ${value}`,
      ...pieces.constant.map(
        (part): Step =>
          (value) =>
            `${value} || ${part}`,
      ),
      (value) => `(${value})[1:1]`,
      ...elements.flatMap((element): readonly Step[] => [
        (value) => `${value} || ${element}`,
        (value) => `${element} || ${value}`,
      ]),
    ],
  };
}

export function rangeSteps({ type, pieces }: Material<ColumnType & { kind: 'range' }>): ValueSteps {
  const bounds = ['[)', '[]', '(]', '()'].map(literal);
  const ends = [...pieces.texts, ...pieces.numbers].map((text) => typed(literal(text), type.subtype));
  return {
    values: ["'empty'", ...ends.flatMap((end) => [`${type.sql}(${end}, NULL)`, `${type.sql}(NULL, ${end})`])],
    steps: [
      ...bounds.map(
        (bound): Step =>
          (value) =>
            `${type.sql}(lower(${value}), upper(${value}), ${bound})`,
      ),
      (value) => `${type.sql}(lower(${value}), NULL)`,
      (value) => `${type.sql}(NULL, upper(${value}))`,
      (value) => `${type.sql}(lower(${value}), lower(${value}), '[]')`,
    ],
  };
}

export function jsonSteps({ type, pieces }: Material<BaseType>): ValueSteps {
  const { texts } = pieces;
  const of = (key: string, value: string): string =>
    `json_build_object(${literal(key)}, ${value})::${type.sql}`;
  const some = ['1', "'text'::text", 'true', "'[]'::json", "'{}'::json", rowNumber];
  const all = (value: string): string =>
    `json_build_object(${texts.map((key) => `${literal(key)}, ${value}`).join(', ')})`;
  // Of `a -> 'b' ->> 'c'`, printed from the outermost key on.
  const deep = (value: string): string =>
    texts.reduceRight((inner, key) => `json_build_object(${literal(key)}, ${inner})`, value);
  return {
    values: [
      ...['{}', '[]', '[1]', '["a"]', '"text"', '1', 'true', 'null'].map(literal),
      ...texts.flatMap((key) => some.map((value) => of(key, value))),
      ...texts.flatMap((key) => texts.map((value) => of(key, `${literal(value)}::text`))),
      ...(texts.length < 2 ? [] : some.flatMap((value) => [all(value), deep(value)])),
      ...sizes(pieces).map((size) => `array_to_json(array_fill(1, ARRAY[${size}]))`),
    ],
    steps:
      type.name === 'jsonb'
        ? texts.flatMap((key) =>
            some.map(
              (inner): Step =>
                (value) =>
                  `${value} || jsonb_build_object(${literal(key)}, ${inner})`,
            ),
          )
        : [],
  };
}

const long = (size: number): string =>
  `substr(decode(repeat(md5(${rowNumber}::text), ${Math.ceil(size / 16)}), 'hex'), 1, ${size})`;

export function byteSteps({ pieces }: Material): ValueSteps {
  return {
    values: sizes(pieces).map(long),
    steps: pieces.texts.map(
      (text): Step =>
        (value) =>
          `${literal(text)}::bytea || ${value}`,
    ),
  };
}
