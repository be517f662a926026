import { foreignKeyRule } from '../foreign-key-rule.ts';
import type { RulesSql } from '../rules-sql.ts';
import { findViolations } from './violations.ts';
import { identifier, qualifiedName } from './quote.ts';

export const rules: RulesSql = {
  notNull: (column) => ({
    definition: `CHECK (${identifier(column)} IS NOT NULL)`,
    violated: `${identifier(column)} IS NULL`,
  }),
  check: (expression) => ({ definition: `CHECK (${expression})`, violated: `(${expression}) IS FALSE` }),
  foreignKey: foreignKeyRule({ identifier, qualifiedName, select: 'SELECT' }),
  findViolations,
  uniqueKey: (columns) => `(${columns.map(identifier).join(', ')})`,
};
