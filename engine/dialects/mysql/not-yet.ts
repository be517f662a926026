import { PreflightFailed } from '../../database/errors.ts';

/** The one place that says what MySQL does not do yet. Nothing has been changed when it is raised. */
export const notYet = (what: string) => (): never => {
  throw new PreflightFailed(`MySQL: not supported yet: ${what}`);
};

/** Kinds of change that run on MySQL; docs/mysql.md has the reasons for the others. */
const kindsThatRun: ReadonlySet<string> = new Set(['drop-not-null']);

/** Why a kind of change does not run on MySQL yet; undefined where it does. */
export const kindNotYet = (kind: string): string | undefined =>
  kindsThatRun.has(kind) ? undefined : `MySQL: not supported yet: ${kind}`;

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
