export { Underpin, type UnderpinProps, type UnderpinTarget } from './underpin.ts';
export type { Limits } from './config.ts';
