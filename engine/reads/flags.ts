import * as z from 'zod';

const variant = z.looseObject({ name: z.string(), enabled: z.boolean(), rule: z.string().optional() });
const flagDocument = z.object({
  version: z.literal('1'),
  flags: z.record(z.string(), z.looseObject({ name: z.string() })),
  values: z.record(
    z.string(),
    z.looseObject({ enabled: z.boolean().optional(), _variants: z.array(variant).optional() }),
  ),
});
/** An AppConfig feature flag document; flags that are not ours pass through untouched. */
export type FlagDocument = z.infer<typeof flagDocument>;

export const parseFlags = (text: string | undefined): FlagDocument =>
  text === undefined ? { version: '1', flags: {}, values: {} } : flagDocument.parse(JSON.parse(text));

/** How a migration's reads are spread. */
export interface ReadShare {
  /** Of the keys, on the new shape. */
  readonly percent: number;
  /** The share of the reads that ask both shapes and compare, of 1. */
  readonly compare?: number;
  /** Which side of a dual write is the truth, where the application writes both. Left out: it follows the share. */
  readonly writes?: SaidOfWrites;
}

/** `isStrict`: a write counts only where both sides have it, for as long as the truth moves. */
export interface SaidOfWrites {
  readonly truth: 'old' | 'new';
  readonly isStrict: boolean;
}

/**
 * The document with one migration's reads moved: `percent` of the keys (context `key`) are on the new shape.
 * The seed is the flag's key, so a key that has moved stays moved while the share grows. Variants are named for
 * what they say (`new-25`, `old-25-compare-1`, `new-100-strict-old`), so that whoever gets any answer knows it: at the ends it then needs to ask no
 * more. Attributes would not do: AppConfig leaves them out of the answer of a variant that is off.
 */
export function withReadShare(document: FlagDocument, flag: string, share: ReadShare): FlagDocument {
  return {
    ...document,
    flags: {
      ...document.flags,
      [flag]: { name: flag, description: 'Reads of this migration on the new shape' },
    },
    values: { ...document.values, [flag]: { _variants: variantsOf(flag, share) } },
  };
}

/** Whether that is what the document says already; times that AWS writes into a flag make no difference. */
export function saysReadShare(document: FlagDocument, flag: string, share: ReadShare): boolean {
  const said = document.values[flag]?._variants?.map(({ name, enabled, rule }) => [name, enabled, rule]);
  const wanted = variantsOf(flag, share).map(({ name, enabled, rule }) => [name, enabled, rule]);
  return JSON.stringify(said) === JSON.stringify(wanted);
}

function variantsOf(flag: string, { percent, compare = 0, writes }: ReadShare): z.infer<typeof variant>[] {
  const shared = `${Math.min(100, Math.max(0, percent))}${percent > 0 && compare > 0 ? `-compare-${inPercent(compare)}` : ''}`;
  const said =
    writes === undefined ? shared : `${shared}-${writes.isStrict ? 'strict' : 'truth'}-${writes.truth}`;
  const on = { name: `new-${said}`, enabled: true };
  const off = { name: `old-${said}`, enabled: false };
  const split = { ...on, rule: `(split pct::${percent} by::$key seed::"${flag}")` };
  return percent >= 100 ? [on] : percent <= 0 ? [off] : [split, off];
}

/** Of a share of 1, without what floating point adds: 0.07 is 7. */
const inPercent = (share: number): number => Number((share * 100).toFixed(4));

/** As readShare, but null where the flag is not there. */
export const readShareIfThere = (document: FlagDocument, flag: string): number | null =>
  document.values[flag] === undefined ? null : readShare(document, flag);

/** The share of reads that a document sends to the new shape, in percent; 0 where the flag is not there. */
export function readShare(document: FlagDocument, flag: string): number {
  const first = document.values[flag]?._variants?.[0];
  if (!first?.enabled) return 0;
  const percent = /pct::(\d+)/u.exec(first.rule ?? '')?.[1];
  return percent === undefined ? 100 : Number(percent);
}

const saidOfWrites = /-(truth|strict)-(old|new)$/u;

/** What a document says of a migration's writes; null where it says nothing. */
export function writesSaid(document: FlagDocument, flag: string): SaidOfWrites | null {
  const said = saidOfWrites.exec(document.values[flag]?._variants?.[0]?.name ?? '');
  const truth = said?.[2];
  return truth === 'old' || truth === 'new' ? { truth, isStrict: said?.[1] === 'strict' } : null;
}
