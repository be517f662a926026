// What several procedures are written with. The text is part of their names: they hold a hash of it.

/** The type of whatever text: compared by its bytes, whatever collation the session has. */
export const longText = 'LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin';

/** The type of the ledger's words and names, such as a migration's. */
export const ledgerText = 'VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin';

/** Runs a statement that an expression gives. */
export const execute = (statement: string): string =>
  `SET @underpin_statement = ${statement};
    PREPARE underpin_statement FROM @underpin_statement;
    EXECUTE underpin_statement;`;

/** An expression: the name that another one gives, quoted. */
export const quotedName = (name: string): string => `CONCAT('\`', REPLACE(${name}, '\`', '\`\`'), '\`')`;
