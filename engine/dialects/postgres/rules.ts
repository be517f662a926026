import { foreignKeyRule } from '../foreign-key-rule.ts';
import type { RulesSql } from '../rules-sql.ts';
import { isThere } from './constraints.ts';
import { findViolations } from './violations.ts';
import { identifier, qualifiedName } from './quote.ts';

export const rules: RulesSql = {
  notNull: (column, isComposite) => ({
    definition: `CHECK (${isComposite ? isThere(column) : `${identifier(column)} IS NOT NULL`})`,
    violated: `${identifier(column)} IS ${isComposite ? 'NOT DISTINCT FROM ' : ''}NULL`,
  }),
  check: (expression) => ({ definition: `CHECK (${expression})`, violated: `(${expression}) IS FALSE` }),
  foreignKey: foreignKeyRule({ identifier, qualifiedName, select: 'SELECT' }),
  findViolations,
  uniqueKey: (columns) => `(${columns.map(identifier).join(', ')})`,
};
