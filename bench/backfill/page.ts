import { readFile, writeFile } from 'node:fs/promises';

/** Replaces what stands in a page between the two marks of that name. Raises where it has none. */
export async function writeBetweenMarks(file: string, name: string, text: string): Promise<void> {
  const marks = [`<!-- ${name} -->`, `<!-- end of ${name} -->`] as const;
  const page = await readFile(file, 'utf8');
  const [before = '', rest] = page.split(marks[0]);
  const after = rest?.split(marks[1])[1];
  if (after === undefined)
    throw new Error(`${file} has no place for the table, between ${marks.join(' and ')}`);
  await writeFile(file, `${before}${marks[0]}\n\n${text}\n\n${marks[1]}${after}`);
}
