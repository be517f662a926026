import { cut } from '../../engine/notices/wording.ts';

/** The plan's warnings, a line each: they are paragraphs, and the rehearsal is what people came for. */
export const warningLines = (warnings: readonly string[], columns: number): readonly string[] =>
  warnings.length === 0
    ? []
    : [
        `  ${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}, whole in the report:`,
        ...warnings.map((warning) => cut(`    ! ${warning}`, columns)),
      ];
