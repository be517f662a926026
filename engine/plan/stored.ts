import type { LedgerRecord } from '../ledger/ledger.ts';
import { plan, type Plan } from './plan.ts';
import { settings, type Settings } from './settings.ts';

// What comes back from the ledger was written by us, and is parsed like any other input.

export const storedPlan = (record: LedgerRecord): Plan => plan.parse(record.plan);
export const storedSettings = (record: LedgerRecord): Settings => settings.parse(record.settings);
