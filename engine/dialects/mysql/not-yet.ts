import { PreflightFailed } from '../../database/errors.ts';
import type { Dialect } from '../dialect.ts';

/** The one place that says what MySQL does not do yet. Nothing has been changed when it is raised. */
export const notYet = (what: string) => (): never => {
  throw new PreflightFailed(`MySQL: not supported yet: ${what}`);
};

/** Kinds of change that run on MySQL, each with the keys that do not yet; docs/mysql.md has the reasons. */
const kindsThatRun: Readonly<Record<string, readonly string[]>> = {
  'rename-column': ['by', 'dualWrite'],
  'drop-not-null': [],
  'set-not-null': [],
  'add-column': [],
  'split-column': ['checks', 'foreignKeys', 'dualWrite'],
  'merge-columns': ['checks', 'foreignKeys', 'dualWrite'],
  'add-index': [],
  'add-unique': [],
  'add-foreign-key': [],
  // Refused by what it asks of an engine, with the reason.
  'add-check': [],
  'drop-index': [],
  'drop-column': [],
  'drop-table': [],
  'rename-table': [],
  'change-type': ['checks', 'dualWrite'],
  'change-primary-key': ['down'],
  sql: [],
};

/** Of a column that keeps its name: another type in its place needs none of these. */
const withSecondColumn = ['up', 'down', 'default', 'indexes'];

const keysNotYet = (change: Parameters<Dialect['notYet']>[0]): readonly string[] | undefined =>
  change.kind === 'change-type' && change['to'] === undefined
    ? [...(kindsThatRun[change.kind] ?? []), ...withSecondColumn]
    : kindsThatRun[change.kind];

/** As if the key were left out. */
const isUsual = (value: unknown): boolean =>
  value === undefined || value === false || value === 'copy' || value === 'triggers';

/** What of a change does not run on MySQL yet; undefined where all of it does. */
export const changeNotYet: Dialect['notYet'] = (change) => {
  const without = keysNotYet(change);
  if (without === undefined) return { key: 'change.kind', fact: `MySQL: not supported yet: ${change.kind}` };
  const key = without.find((each) => !isUsual(change[each]));
  return key === undefined
    ? undefined
    : { key: `change.${key}`, fact: `MySQL: not supported yet: ${change.kind} with \`${key}\`` };
};

/** A part of the port of which MySQL has only this much; whatever else is asked of it is refused. */
export function partly<Port extends object>(has: Partial<Port>, lacks: string): Port {
  const refuse = notYet(lacks);
  const asked = (known: Partial<Port>, name: string | symbol): unknown =>
    // What prints or awaits an object asks for these.
    typeof name === 'symbol' || name === 'then' || name === 'toJSON'
      ? undefined
      : (Reflect.get(known, name) ?? refuse);
  const whole = new Proxy(has, { get: asked });
  if (!isWhole(whole)) throw new Error('a proxy that is not whole');
  return whole;
}

/** It has whatever it is asked for: the refusal, where there is nothing else. */
const isWhole = <Port extends object>(proxy: Partial<Port>): proxy is Port => Boolean(proxy);
