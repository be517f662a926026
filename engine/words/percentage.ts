/** A share as a person writes it: `0.5%`. */
export const sharePattern = /^\d+(?:\.\d+)?%$/;
/** A growth over a baseline, with or without its plus: `+10%`. */
export const growthPattern = /^\+?\d+(?:\.\d+)?%$/;

/** `0.5%` is 0.005, exactly as that literal is; undefined if the text is not a percentage. */
export function parsePercentage(text: string): number | undefined {
  if (!growthPattern.test(text)) return undefined;
  // Shifted in decimal: 0.7 / 100 would be 0.006999999999999999.
  return Number(`${text.slice(0, -1)}e-2`);
}

/** The text that parsePercentage reads back as the same number. */
export function formatPercentage(share: number): string {
  const [digits = '0', exponent = '0'] = share.toExponential().split('e');
  return `${plainDecimal(digits.replace('.', ''), Number(exponent) + 2)}%`;
}

/** 0.d₁d₂… × 10^(exponent + 1), written without an exponent. */
function plainDecimal(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = digits.slice(exponent + 1);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
