const longestText = 1500;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '@': '&#64;',
  '#': '&#35;',
};

/** Text of files and databases as text: no markup, no HTML, nobody mentioned, one line. */
export function inlineText(text: string): string {
  const short = text.length > longestText ? `${text.slice(0, longestText)}…` : text;
  return short
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/[&<>@#\\`*_[\]|~]/gu, (sign) => entities[sign] ?? `\\${sign}`);
}

/** A fence longer than any in it: what an author writes may hold backticks. */
export function fencedCode(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/gu)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
