/**
 * Reads PostgreSQL's text form of a one-dimensional array: `{1,NULL,"a \"b\""}`.
 * `undefined` for several dimensions, which the service does not return.
 */
export function readArrayText(text: string): readonly (string | null)[] | undefined {
  // A lower bound other than 1 is written in front: [0:2]={…}. Two of them mean two dimensions.
  const bounds = /^(?:\[[^\]]*\])+=/.exec(text)?.[0] ?? '';
  const body = text.slice(bounds.length);
  if (body === '{}') return [];
  if (body.startsWith('{{')) return undefined;
  const elements: (string | null)[] = [];
  for (let at = 1; at < body.length; at++) {
    const { value, end } = body[at] === '"' ? quotedElement(body, at) : bareElement(body, at);
    elements.push(value);
    at = end;
  }
  return elements;
}

function quotedElement(body: string, open: number): { value: string; end: number } {
  let value = '';
  for (let at = open + 1; at < body.length; at++) {
    if (body[at] === '"') return { value, end: at + 1 };
    if (body[at] === '\\') at++;
    value += body.charAt(at);
  }
  throw new Error(`not an array of PostgreSQL: ${body}`);
}

function bareElement(body: string, from: number): { value: string | null; end: number } {
  let end = from;
  while (end < body.length && body[end] !== ',' && body[end] !== '}') end++;
  const value = body.slice(from, end);
  return { value: value === 'NULL' ? null : value, end };
}
