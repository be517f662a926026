import { attributesOf } from './flag-document.ts';
import type { AttributeValue, FlagDocument, FlagValue } from './flag-schema.ts';
import { compileRule, type Rule, type RuleContext } from './rule.ts';

/** A flag as the agent answers: `_variant` for flags with variants; attributes only while it is enabled. */
export type EvaluatedFlag = Readonly<Record<string, AttributeValue>> & { readonly enabled: boolean };

export type FlagEvaluator = {
  readonly keys: readonly string[];
  /** Undefined for a flag that the document does not have. */
  evaluate(flag: string, context: RuleContext): EvaluatedFlag | undefined;
};

/** Compiles each rule once, since an agent answers many requests from one version. `scope` seeds splits without a seed. */
export function flagEvaluator({ values = {} }: FlagDocument, scope: string): FlagEvaluator {
  const flags = new Map(
    Object.entries(values).map(([flag, value]) => [flag, prepare(value, `${scope}/${flag}`)]),
  );
  return { keys: [...flags.keys()], evaluate: (flag, context) => flags.get(flag)?.(context) };
}

function prepare(value: FlagValue, localSeed: string): (context: RuleContext) => EvaluatedFlag {
  if (value._variants === undefined) {
    const result = shown(value.enabled === true, attributesOf(value));
    return () => result;
  }
  const variants = value._variants.map((variant) => ({
    rule: variant.rule === undefined ? always : compileRule(variant.rule),
    result: { _variant: variant.name, ...shown(variant.enabled, variant.attributeValues ?? {}) },
  }));
  return (context) => {
    const chosen = variants.find(({ rule }) => rule(context, localSeed));
    if (chosen === undefined) throw new Error(`The flag ${localSeed} has no default variant`);
    return chosen.result;
  };
}

const always: Rule = () => true;

function shown(enabled: boolean, attributes: Readonly<Record<string, AttributeValue>>): EvaluatedFlag {
  return enabled ? { ...attributes, enabled } : { enabled };
}
