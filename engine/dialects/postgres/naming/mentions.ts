/** Whether a text holds a name as a word of its own, in whatever case: the last resort where nothing can be parsed. */
export function mentions(text: string, name: string): boolean {
  const word = name.toLowerCase().replaceAll(/[^\p{L}\p{N}_]/gu, String.raw`\$&`);
  return new RegExp(String.raw`(?<![\p{L}\p{N}_$])${word}(?![\p{L}\p{N}_$])`, 'u').test(text.toLowerCase());
}
