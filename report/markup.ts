/** Text that is HTML already; everything else is escaped on its way in. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Content = string | number | Markup | null | false | readonly Content[];

/** A piece of a page. Whatever is put in is text, unless it is Markup itself; null and false are nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(parts.map((part, at) => part + written(values[at] ?? null)).join(''));
}

function written(value: Content): string {
  if (value === null || value === false) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value));
  return value.map(written).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// The control characters too: a browser replaces them or stumbles over them.
const escaped = (text: string): string =>
  text
    .replaceAll(/[&<>"']/gu, (found) => entities[found] ?? found)
    // oxlint-disable-next-line no-control-regex
    .replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F]/gu, '\uFFFD');
