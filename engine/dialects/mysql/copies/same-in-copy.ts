import { same } from '../pair.ts';

const spatial =
  /^(?:geometry|point|linestring|polygon|multipoint|multilinestring|multipolygon|geom(?:etry)?collection)\b/iu;

/** Types whose values can be compared byte by byte: whether a copy has them is asked of every row. */
export const isComparable = (type: string): boolean =>
  spatial.test(type) ||
  /^(?:(?:tiny|small|medium|big)?int|decimal|float|double|date|datetime|timestamp|time|year|bit|(?:var)?binary|(?:tiny|medium|long)?blob|(?:var)?char|(?:tiny|medium|long)?text|enum|set|json)\b/iu.test(
    type,
  );

/** True where a row and its copy hold the same in a column. */
export const sameInCopy = (left: string, right: string, type: string): string =>
  spatial.test(type)
    ? `(ST_AsBinary(${left}) <=> ST_AsBinary(${right}) AND ST_SRID(${left}) <=> ST_SRID(${right}))`
    : same(left, right, type);
