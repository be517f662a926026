export { Underpin, type UnderpinProps } from './underpin.ts';
export type { UnderpinTarget } from './constructs/target.ts';
export type { Limits } from './config.ts';
