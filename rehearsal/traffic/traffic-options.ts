import type { Shape } from '../../engine/shapes/shape.ts';
import type { TableName } from '../../engine/spec/table-name.ts';
import type { ReadSwitchSetting } from './readers.ts';

/** All of it travels to another process: plain data only. */
export interface TrafficOptions {
  readonly databaseUrl: string;
  readonly table: TableName;
  readonly shape: Shape;
  readonly requestsPerSecond: number;
  readonly connectionsPerVersion: number;
  readonly seed: number;
  /** The application's own, for each of its statements. */
  readonly statementTimeoutMs: number;
  readonly readSwitch: ReadSwitchSetting;
  /** Every version writes both sides itself, from the moment at which the new one is there. */
  readonly writesBoth?: boolean;
}
