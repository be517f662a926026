/** What a parser of SQL gives: JSON, in which a node stands as `{ "SelectStmt": { … } }` or, where only one kind can stand, bare. */
export type Tree = Readonly<Record<string, unknown>>;

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The items of a list field; none where it is absent. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The inside of a node of one kind; undefined for any other. */
export function nodeOf(value: unknown, kind: string): Tree | undefined {
  if (!isTree(value)) return undefined;
  const inner = value[kind];
  return isTree(inner) ? inner : undefined;
}

/** The nodes of one kind in a list field. */
export const nodesOf = (list: unknown, kind: string): readonly Tree[] =>
  listOf(list).flatMap((item): readonly Tree[] => {
    const inner = nodeOf(item, kind);
    return inner === undefined ? [] : [inner];
  });

export const fieldOf = (tree: Tree, name: string): Tree | undefined => {
  const value = tree[name];
  return isTree(value) ? value : undefined;
};

export const textOf = (tree: Tree | undefined, name: string): string | undefined => {
  const value = tree?.[name];
  return typeof value === 'string' ? value : undefined;
};

/** A list of `String` nodes as texts; anything else in it is '*', which no name is. */
export const namesOf = (value: unknown): readonly string[] =>
  listOf(value).map((item) => textOf(nodeOf(item, 'String'), 'sval') ?? '*');

/** Every record in a tree, itself first. */
export function* everyTree(value: unknown): Generator<Tree> {
  if (Array.isArray(value)) for (const item of value) yield* everyTree(item);
  if (!isTree(value)) return;
  yield value;
  for (const inner of Object.values(value)) yield* everyTree(inner);
}

export interface RelationName {
  readonly schema: string | undefined;
  readonly name: string;
}

/** Every table, view or CTE that a tree names. */
export const relationsIn = (tree: unknown): readonly RelationName[] =>
  [...everyTree(tree)].flatMap((each) => {
    const name = textOf(each, 'relname');
    return name === undefined ? [] : [{ schema: textOf(each, 'schemaname'), name }];
  });
