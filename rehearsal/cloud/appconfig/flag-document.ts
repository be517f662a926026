import { invalidConfiguration } from './appconfig-error.ts';
import { attributeFault } from './flag-attribute.ts';
import {
  flagDocument,
  key,
  type AttributeValue,
  type FlagDefinition,
  type FlagDocument,
  type FlagValue,
  type Variant,
} from './flag-schema.ts';
import { compileRule } from './rule.ts';

/** The members of a flag's value that are not its attributes. */
const ownMembers = new Set(['enabled', '_createdAt', '_updatedAt', '_variants']);

/**
 * Reads a feature flag document as strictly as CreateHostedConfigurationVersion does.
 *
 * @throws AppConfigError BadRequestException that names the place and the fault
 */
export function parseFlagDocument(content: Uint8Array): FlagDocument {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(content).toString('utf8'));
  } catch (fault) {
    throw invalidConfiguration('', `not JSON: ${fault instanceof Error ? fault.message : String(fault)}`);
  }
  const parsed = flagDocument.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalidConfiguration(`/${issue?.path.join('/') ?? ''}`, issue?.message ?? 'not a flag document');
  }
  checkValues(parsed.data);
  return parsed.data;
}

/** A flag's attribute values, basic flags only. */
export function attributesOf(value: FlagValue): Readonly<Record<string, AttributeValue>> {
  const { enabled: _enabled, _createdAt, _updatedAt, _variants, ...attributes } = value;
  return attributes;
}

function checkValues({ flags = {}, values = {} }: FlagDocument): void {
  for (const [flag, value] of Object.entries(values)) {
    const place = `/values/${flag}`;
    const definition = flags[flag];
    if (definition === undefined) throw invalidConfiguration(place, 'no flag of this key under /flags');
    if (value._variants === undefined) checkBasic(place, definition, value);
    else checkVariants(`${place}/_variants`, definition, value, value._variants);
  }
}

function checkBasic(place: string, definition: FlagDefinition, value: FlagValue): void {
  if (value.enabled === undefined) throw invalidConfiguration(place, 'enabled is missing');
  for (const member of Object.keys(value))
    if (!ownMembers.has(member) && !key.safeParse(member).success)
      throw invalidConfiguration(`${place}/${member}`, 'unknown member');
  checkAttributes(place, definition, attributesOf(value));
}

function checkVariants(
  place: string,
  definition: FlagDefinition,
  value: FlagValue,
  variants: readonly Variant[],
): void {
  const strange = Object.keys(value).find((member) => member !== '_variants' && !member.startsWith('_'));
  if (strange !== undefined)
    throw invalidConfiguration(`${place}/../${strange}`, 'a flag with _variants has no value of its own');
  if (new Set(variants.map((it) => it.name)).size < variants.length)
    throw invalidConfiguration(place, 'two variants have the same name');
  variants.forEach((it, index) => {
    const isDefault = index === variants.length - 1;
    if (isDefault !== (it.rule === undefined))
      throw invalidConfiguration(
        `${place}/${index}`,
        isDefault
          ? 'the last variant is the default and has no rule'
          : 'only the last variant may have no rule',
      );
    if (it.rule !== undefined) checkRule(`${place}/${index}/rule`, it.rule);
    checkAttributes(`${place}/${index}/attributeValues`, definition, it.attributeValues ?? {});
  });
}

function checkAttributes(
  place: string,
  { attributes = {} }: FlagDefinition,
  values: Readonly<Record<string, AttributeValue>>,
): void {
  for (const attribute of Object.keys(values))
    if (!Object.hasOwn(attributes, attribute))
      throw invalidConfiguration(`${place}/${attribute}`, 'the flag defines no such attribute');
  for (const [attribute, { constraints: wanted }] of Object.entries(attributes)) {
    const fault = attributeFault(values[attribute], wanted);
    if (fault !== undefined) throw invalidConfiguration(`${place}/${attribute}`, fault);
  }
}

function checkRule(place: string, written: string): void {
  try {
    compileRule(written);
  } catch (fault) {
    throw invalidConfiguration(place, fault instanceof Error ? fault.message : String(fault));
  }
}
