import { literal } from '../database/postgres-names.ts';
import { matchingText } from './matching-text.ts';
import { rowNumber, sizes, type Material, type Step, type ValueSteps } from './step-material.ts';

const numbered = (length: number): string => `lpad(${rowNumber}::text, ${length}, '0')`;

export function textSteps({ pieces }: Material): ValueSteps {
  const { texts } = pieces;
  const lengths = sizes(pieces);
  return {
    values: [
      ...lengths.flatMap((length) => [numbered(length), `left(md5(${rowNumber}::text), ${length})`]),
      ...texts.flatMap((text) => matchingText(text) ?? []),
      ...['{}', '[]', '2026-01-31', 'AB', '1.2.3', 'https://example.com/', '/'].map(literal),
      `${rowNumber}::text`,
      'gen_random_uuid()::text',
    ],
    steps: [
      ...texts.flatMap((text): readonly Step[] => [
        (value) => `${literal(text)} || ${value}`,
        (value) => `${value} || ${literal(text)}`,
        (value) => `${value} || ${literal(text)} || ${value}`,
        (value) => `${literal(text)} || ${value} || ${literal(text)}`,
        ...like(text),
        ...lengths.map(
          (at): Step =>
            (value) =>
              `left(${value}, ${at}) || ${literal(text)} || substr(${value}, ${at + 1})`,
        ),
      ]),
      ...lengths.map(
        (length): Step =>
          (value) =>
            `rpad(${value}, ${length}, 'x')`,
      ),
      ...['upper', 'lower', 'initcap', 'btrim', 'reverse', 'md5'].map(
        (called): Step =>
          (value) =>
            `${called}(${value})`,
      ),
      ...['[^A-Za-z0-9]', '[^A-Za-z]', '[^0-9]', '\\s'].map(
        (unwanted): Step =>
          (value) =>
            `regexp_replace(${value}, ${literal(unwanted)}, '', 'g')`,
      ),
      (value) => `${value} || ${rowNumber}`,
      (value) => `${value} || reverse(${value})`,
    ],
  };
}

/** A pattern of LIKE, with the value where anything may stand. */
const like = (text: string): readonly Step[] =>
  /[%_]/u.test(text)
    ? [
        (value) =>
          text
            .split('%')
            .map((part) => literal(part.replaceAll('_', 'a')))
            .join(` || ${value} || `),
      ]
    : [];
