const notInName = String.raw`(?<![\w$\u0080-\uffff])`;
const escaped = String.raw`'(?:[^'\\]|\\.|'')*'`;
// A text goes on behind a line's end, and its escapes go on with it.
const goesOn = String.raw`[ \t\f\v]*[\n\r]\s*`;

/**
 * Source of an expression (flags `su`) for what is read as one piece whatever stands in it: texts, quoted names,
 * dollar quotes, comments. For our own SQL and an author's that has been read by the parser: it holds no nested comment.
 */
export const opaqueSource = [
  `${notInName}[eE]${escaped}(?:${goesOn}${escaped})*`,
  `'(?:[^']|'')*'`,
  `"(?:[^"]|"")*"`,
  notInName + String.raw`\$(?<tag>(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$.*?\$\k<tag>\$`,
  String.raw`--[^\n\r]*`,
  String.raw`/\*.*?\*/`,
].join('|');

const opaque = new RegExp(opaqueSource, 'gsu');

/**
 * Writes `\'` in texts as `''`, which means the same. A function's text is read anew by each session, which refuses the former where
 * `backslash_quote` is off, or safe_encoding and a client's encoding such as SJIS.
 */
export const quotesDoubled = (sql: string): string =>
  sql.replaceAll(opaque, (token) =>
    /^e'/iu.test(token) ? token.replaceAll(/\\./gsu, (pair) => (pair === "\\'" ? "''" : pair)) : token,
  );
