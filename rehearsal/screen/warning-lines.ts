import { cut } from '../../engine/notices/wording.ts';

/** The plan's warnings. They are paragraphs, so on a terminal each is one line; in a pipe they are whole. */
export function warningLines(warnings: readonly string[], columns: number): readonly string[] {
  if (columns === Number.POSITIVE_INFINITY) return warnings.map((warning) => `  warning: ${warning}`);
  return warnings.length === 0
    ? []
    : [
        `  ${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}, whole in the report:`,
        ...warnings.map((warning) => cut(`    ! ${warning}`, columns)),
      ];
}
