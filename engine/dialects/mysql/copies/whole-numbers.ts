/** A type of whole numbers. */
export interface WholeNumber {
  readonly bits: number;
  readonly unsigned: boolean;
}

const bits: Readonly<Record<string, number>> = {
  tinyint: 8,
  smallint: 16,
  mediumint: 24,
  int: 32,
  integer: 32,
  bigint: 64,
};

const whole = /^(?<name>tinyint|smallint|mediumint|int|integer|bigint)(?:\(\d+\))?(?<unsigned> unsigned)?$/iu;

/** Undefined for another type, and for one that is filled with zeros. */
export function wholeNumber(type: string): WholeNumber | undefined {
  const { name, unsigned } = whole.exec(type.trim())?.groups ?? {};
  const its = bits[name?.toLowerCase() ?? ''];
  return its === undefined ? undefined : { bits: its, unsigned: unsigned !== undefined };
}

/** Whether a type has every value of another one, and more. */
export const isWider = (wide: WholeNumber, narrow: WholeNumber): boolean =>
  wide.unsigned === narrow.unsigned
    ? wide.bits > narrow.bits
    : !wide.unsigned && narrow.unsigned && wide.bits > narrow.bits;

/** The first and the last value. */
export function ends({ bits: its, unsigned }: WholeNumber): readonly [bigint, bigint] {
  const half = 2n ** BigInt(its - 1);
  return unsigned ? [0n, 2n * half - 1n] : [-half, half - 1n];
}
