/** A table as a terminal has room for it. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Cells that begin a row where it takes two lines; the others follow below, each behind its title. */
  readonly first: number;
}

/** Puts a cell in a style, without changing its length; row -1 is the head. */
export type Dress = (cell: string, row: number, column: number) => string;

/** One line a row where that fits in `columns` characters, else two. */
export function tableLines({ head, rows, first }: Table, columns: number, dress: Dress): readonly string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[], at: number): string =>
    row
      .map((cell, column) => dress(cell.padEnd(widths[column] ?? 0), at, column))
      .join('  ')
      .trimEnd();
  const whole = widths.reduce((sum, width) => sum + width, 2 * (head.length - 1));
  if (whole <= columns) return [line(head, -1), ...rows.map(line)];
  const below = (row: readonly string[]): readonly string[] => {
    const cells = row.flatMap((cell, column) =>
      column < first || cell === '' ? [] : [`${head[column]?.toLowerCase() ?? ''} ${cell}`],
    );
    return cells.length === 0 ? [] : [`  ${cells.join(', ')}`];
  };
  return [
    line(head.slice(0, first), -1),
    ...rows.flatMap((row, at) => [line(row.slice(0, first), at), ...below(row)]),
  ];
}
