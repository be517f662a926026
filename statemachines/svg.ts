export interface Point {
  readonly x: number;
  readonly y: number;
}

type Attributes = Readonly<Record<string, string | number>>;

const escaped = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** Each element on a line of its own, so that a change of the picture can be read. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  const inner = children.join('');
  return inner === '' ? `<${name}${given.join('')}/>\n` : `<${name}${given.join('')}>\n${inner}</${name}>\n`;
}

export const text = (content: string, attributes: Attributes): string =>
  element('text', attributes, escaped(content)).replaceAll('>\n' + escaped(content), `>${escaped(content)}`);
