// The rules that Rails has frozen (ActiveSupport::Inflector), the last one first. An application may add rules of its own.

type Rule = readonly [pattern: RegExp, replacement: string];

const irregular: readonly (readonly [string, string])[] = [
  ['person', 'people'],
  ['man', 'men'],
  ['child', 'children'],
  ['sex', 'sexes'],
  ['move', 'moves'],
  ['zombie', 'zombies'],
];

const uncountable =
  /(?:^|_|\b)(?:equipment|information|rice|money|species|series|fish|sheep|jeans|police)$/iu;

const irregularTo = (from: 0 | 1, to: 0 | 1): readonly Rule[] =>
  irregular.flatMap((pair): readonly Rule[] => [
    [new RegExp(`(${pair[from][0] ?? ''})${pair[from].slice(1)}$`, 'iu'), `$1${pair[to].slice(1)}`],
    [new RegExp(`(${pair[to][0] ?? ''})${pair[to].slice(1)}$`, 'iu'), `$1${pair[to].slice(1)}`],
  ]);

const plurals: readonly Rule[] = [
  ...irregularTo(0, 1),
  [/(quiz)$/iu, '$1zes'],
  [/^(oxen)$/iu, '$1'],
  [/^(ox)$/iu, '$1en'],
  [/^(m|l)ice$/iu, '$1ice'],
  [/^(m|l)ouse$/iu, '$1ice'],
  [/(matr|vert|ind)(?:ix|ex)$/iu, '$1ices'],
  [/(x|ch|ss|sh)$/iu, '$1es'],
  [/([^aeiouy]|qu)y$/iu, '$1ies'],
  [/(hive)$/iu, '$1s'],
  [/([^f])fe$/iu, '$1ves'],
  [/([lr])f$/iu, '$1ves'],
  [/sis$/iu, 'ses'],
  [/([ti])a$/iu, '$1a'],
  [/([ti])um$/iu, '$1a'],
  [/(buffal|tomat)o$/iu, '$1oes'],
  [/(bu)s$/iu, '$1ses'],
  [/(alias|status)$/iu, '$1es'],
  [/(octop|vir)i$/iu, '$1i'],
  [/(octop|vir)us$/iu, '$1i'],
  [/^(ax|test)is$/iu, '$1es'],
  [/s$/iu, 's'],
  [/$/u, 's'],
];

const singulars: readonly Rule[] = [
  ...irregularTo(1, 0),
  [/(database)s$/iu, '$1'],
  [/(quiz)zes$/iu, '$1'],
  [/(matr)ices$/iu, '$1ix'],
  [/(vert|ind)ices$/iu, '$1ex'],
  [/^(ox)en/iu, '$1'],
  [/(alias|status)(?:es)?$/iu, '$1'],
  [/(octop|vir)(?:us|i)$/iu, '$1us'],
  [/^(a)x[ie]s$/iu, '$1xis'],
  [/(cris|test)(?:is|es)$/iu, '$1is'],
  [/(shoe)s$/iu, '$1'],
  [/(o)es$/iu, '$1'],
  [/(bus)(?:es)?$/iu, '$1'],
  [/^(m|l)ice$/iu, '$1ouse'],
  [/(x|ch|ss|sh)es$/iu, '$1'],
  [/(m)ovies$/iu, '$1ovie'],
  [/(s)eries$/iu, '$1eries'],
  [/([^aeiouy]|qu)ies$/iu, '$1y'],
  [/([lr])ves$/iu, '$1f'],
  [/(tive)s$/iu, '$1'],
  [/(hive)s$/iu, '$1'],
  [/([^f])ves$/iu, '$1fe'],
  [/(^analy)(?:sis|ses)$/iu, '$1sis'],
  [/(analy|ba|diagno|parenthe|progno|synop|the)(?:sis|ses)$/iu, '$1sis'],
  [/([ti])a$/iu, '$1um'],
  [/(n)ews$/iu, '$1ews'],
  [/(ss)$/iu, '$1'],
  [/s$/iu, ''],
];

function inflected(word: string, rules: readonly Rule[]): string {
  if (word === '' || uncountable.test(word)) return word;
  const [pattern, replacement] = rules.find(([each]) => each.test(word)) ?? [];
  return pattern === undefined ? word : word.replace(pattern, replacement ?? '');
}

export const plural = (word: string): string => inflected(word, plurals);
export const singular = (word: string): string => inflected(word, singulars);
