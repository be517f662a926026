import { Parser, type CST } from 'yaml';

/**
 * How deep the collections of a text nest. Composing a hundred thousand open brackets exhausts the stack in a way
 * that ends the process, so depth is measured first, on flat tokens and without recursion.
 */
export function nestingDepth(text: string): number {
  let deepest = 0;
  const waiting: { readonly token: CST.Token; readonly depth: number }[] = [];
  for (const token of new Parser().parse(text)) waiting.push({ token, depth: 0 });
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { token, depth } = next;
    deepest = Math.max(deepest, depth);
    for (const inner of within(token)) waiting.push({ token: inner, depth: depth + 1 });
  }
  return deepest;
}

function within(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') return token.value ? [token.value] : [];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) =>
    [key, value].filter((inner) => inner !== null && inner !== undefined),
  );
}
