import { literal } from '../database/postgres-names.ts';

/** How to make up text for a column of some name: `n` is the row number's SQL. */
type Maker = (n: string) => string;

const given = [
  'Ada',
  'Grace',
  'Alan',
  'Edsger',
  'Barbara',
  'Donald',
  'Frances',
  'Tony',
  'Margaret',
  'Niklaus',
  'Radia',
];
const family = [
  'Moss',
  'Lane',
  'Fischer',
  'Rossi',
  'Novak',
  'Silva',
  'Tanaka',
  'Okoye',
  'Larsen',
  'Dubois',
  'Khan',
];
const cities = ['Berlin', 'Lisbon', 'Osaka', 'Toronto', 'Nairobi', 'Lima', 'Oslo', 'Pune', 'Leeds', 'Austin'];
const streets = ['Mill Road', 'Station Street', 'High Street', 'Park Lane', 'Church Way', 'Harbour View'];
const words = [
  'amber',
  'birch',
  'cedar',
  'delta',
  'ember',
  'fjord',
  'grove',
  'heath',
  'islet',
  'jetty',
  'knoll',
  'lagoon',
];
const currencies = ['EUR', 'USD', 'GBP', 'JPY', 'CHF', 'BRL'];
const countries = ['DE', 'US', 'GB', 'JP', 'CH', 'BR', 'KE', 'PT'];
const locales = ['en', 'de', 'pt', 'ja', 'fr', 'es'];
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Tokyo'];

const list = (items: readonly string[]): string => `ARRAY[${items.map(literal).join(', ')}]`;
/** One of a fixed list, at random. */
const anyOf = (items: readonly string[]): string =>
  `(${list(items)})[1 + floor(random() * ${items.length})::int]`;

const sentence: Maker = () => [words, words, words].map(anyOf).join(" || ' ' || ");
const one =
  (items: readonly string[]): Maker =>
  () =>
    anyOf(items);

/** The first whose pattern is found in the column's name makes its text. */
const makers: readonly (readonly [RegExp, Maker])[] = [
  [/e_?mail/u, (n) => `lower(${anyOf(given)}) || '.' || ${n} || '@example.com'`],
  [/url|website|link|href/u, (n) => `'https://example.com/' || ${anyOf(words)} || '/' || ${n}`],
  [/first_?name|given_?name/u, one(given)],
  [/last_?name|family_?name|surname/u, one(family)],
  [/user_?name|login|nick|handle/u, (n) => `lower(${anyOf(given)}) || ${n}`],
  [/company|organi[sz]ation/u, () => `${anyOf(family)} || ' ' || ${anyOf(['Ltd', 'GmbH', 'Inc', 'SA'])}`],
  [/name$/u, () => `${anyOf(given)} || ' ' || ${anyOf(family)}`],
  [/phone|mobile|fax/u, () => `'+49' || (1000000 + floor(random() * 8999999))::int`],
  [/street|address/u, () => `${anyOf(streets)} || ' ' || (1 + floor(random() * 200))::int`],
  [/city|town/u, one(cities)],
  [/post_?(?:al_?)?code|zip/u, () => `lpad((floor(random() * 99999))::int::text, 5, '0')`],
  [/country/u, one(countries)],
  [/currency/u, one(currencies)],
  [/locale|lang/u, one(locales)],
  [/time_?zone|^tz$/u, one(zones)],
  [/status|state$/u, one(['new', 'active', 'paused', 'closed'])],
  [/password|hash|digest|token|secret|checksum/u, (n) => `md5(${n}::text || 'rehearsal')`],
  [/ip_?addr|^ip$/u, (n) => `host('10.0.0.0'::inet + (${n} % 16777216)::int)`],
  [/slug|code|sku|key|ref|number/u, (n) => `${anyOf(words)} || '-' || ${n}`],
  [/title|subject|label/u, () => `initcap(${anyOf(words)}) || ' ' || ${anyOf(words)}`],
];

/** SQL that makes text as a reader of the column's name would expect; a few words where the name says nothing. */
export function naturalText(column: string, n: string): string {
  const name = column.toLowerCase();
  const maker = makers.find(([pattern]) => pattern.test(name))?.[1] ?? sentence;
  return maker(n);
}
