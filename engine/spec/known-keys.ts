import * as z from 'zod';
import { printable, type Fault } from './fault.ts';
import { nearest } from '../words/nearest.ts';

/** What this module reads of a JSON Schema. */
interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  /** What keys of the author's own choice hold. */
  readonly additionalProperties?: Node | boolean;
  readonly oneOf?: readonly Node[];
  readonly const?: unknown;
}

const node: z.ZodType<Node> = z.lazy(() =>
  z.object({
    properties: z.exactOptional(z.record(z.string(), node)),
    additionalProperties: z.exactOptional(z.union([z.boolean(), node])),
    oneOf: z.exactOptional(z.array(node)),
    const: z.exactOptional(z.unknown()),
  }),
);

/** Stands for a name that an author has chosen. */
const anyName = '*';
const lastName = /\.(?:[^.]+|".*")$/u;

/** The sections of a migration and their keys, from its own JSON Schema; `''` is the file itself. */
export type Sections = ReadonlyMap<string, readonly string[]>;

/** Of a section whose keys hang on its `kind`, only those of the given kind are known. */
export function sectionsOf(jsonSchema: unknown, kind: unknown): Sections {
  return new Map(keysUnder(node.parse(jsonSchema), '', kind));
}

function keysUnder(
  schema: Node,
  path: string,
  kind: unknown,
): readonly (readonly [string, readonly string[]])[] {
  const { additionalProperties: named } = schema;
  if (typeof named === 'object') return keysUnder(named, `${path}.${anyName}`, kind);
  const properties = Object.entries(propertiesOf(schema, kind));
  if (properties.length === 0) return [];
  const inside = properties.flatMap(([key, child]) =>
    keysUnder(child, path === '' ? key : `${path}.${key}`, kind),
  );
  return [[path, properties.map(([key]) => key)], ...inside];
}

function propertiesOf({ properties, oneOf = [] }: Node, kind: unknown): Readonly<Record<string, Node>> {
  const chosen = oneOf.filter((one) => one.properties?.['kind']?.const === kind);
  // Without a kind, a key of any kind is known: it may have lost its place.
  const merged = (chosen.length > 0 ? chosen : oneOf).flatMap((one) => Object.entries(one.properties ?? {}));
  return properties ?? Object.fromEntries(merged);
}

/** What to say of a key that its section does not know. */
export function unknownKey(key: string, section: string, sections: Sections): Fault {
  const fact = `\`${printable(key)}\` is not a key ${section === '' ? 'of a migration' : `of \`${section}\``}.`;
  const siblings = sections.get(section) ?? sections.get(section.replace(lastName, `.${anyName}`)) ?? [];
  const near = nearest(key, siblings);
  if (near !== undefined) return { fact, remedy: `Did you mean \`${near}\`?` };
  if (section === '' && key === 'name')
    return { fact, remedy: "Remove it: the file's name is the migration's name." };
  const elsewhere = [...sections].find(([path, keys]) => path !== section && keys.includes(key));
  if (elsewhere !== undefined) {
    const [path] = elsewhere;
    return { fact, remedy: path === '' ? 'Write it at the top level.' : `Write it in \`${path}\`.` };
  }
  return { fact, remedy: `Known: ${siblings.map((sibling) => `\`${sibling}\``).join(', ')}.` };
}
