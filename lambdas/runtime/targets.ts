import * as z from 'zod';
import { NoSuchTarget } from '../../engine/database/errors.ts';
import { engines } from '../../engine/dialects/engine.ts';
import { targetName } from '../../engine/words/target.ts';
import { once } from './once.ts';

const targetShape = z.object({
  name: targetName,
  engine: z.enum(engines),
  /** ARNs. */
  cluster: z.string().min(1),
  secret: z.string().min(1),
  /** Its name in the cluster. */
  database: z.string().min(1),
  /** The environment and the profile of AppConfig that hold its read flags. */
  environment: z.string().min(1),
  profile: z.string().min(1),
  /** Of the composite alarm over its guardrails. */
  guardrailsArn: z.string().min(1),
});
/** A database that is migrated, with what guards it and switches its reads. Nothing of it is shared with another target. */
export type Target = z.infer<typeof targetShape>;

/** The name of that alarm. */
export const guardrailsOf = ({ guardrailsArn }: Pick<Target, 'guardrailsArn'>): string =>
  guardrailsArn.split(':alarm:').at(-1) ?? guardrailsArn;

/** Parses the variable UNDERPIN_TARGETS. Raises an error for one that is missing or wrong. */
export function readTargets(variable: string | undefined): readonly Target[] {
  const parsed = z
    .array(targetShape)
    .min(1)
    .safeParse(JSON.parse(variable ?? '[]'));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`UNDERPIN_TARGETS is missing or wrong: ${faults.join('; ')}`);
}

/** All targets of this deployment. */
export const targets = once(() => readTargets(process.env['UNDERPIN_TARGETS']));

/** The one that is asked for; unsaid, the only one. Raises NoSuchTarget. */
export function chosenTarget(named: string | undefined, known: readonly Target[] = targets()): Target {
  const names = known.map(({ name }) => name).join(', ');
  const [only, another] = known;
  if (named === undefined && only !== undefined && another === undefined) return only;
  if (named === undefined)
    throw new NoSuchTarget(`This deployment has several targets: ${names}. Say which, as \`target\`.`);
  const found = known.find(({ name }) => name === named);
  if (found === undefined) throw new NoSuchTarget(`There is no target ${named} here. There is: ${names}.`);
  return found;
}

/** How a task asks for its target: it is chosen when something first needs it. */
export type AskTarget = () => Target;

/** Made when a target first needs it, and kept for that target for as long as the sandbox is warm. */
export function perTarget<T>(make: (target: Target) => T): (ask: AskTarget) => T {
  const made = new Map<string, { readonly value: T }>();
  return (ask) => {
    const target = ask();
    const known = made.get(target.name) ?? { value: make(target) };
    made.set(target.name, known);
    return known.value;
  };
}

/** What has to be loaded for a target before the tool can be made for it. */
export interface PreparedMaker<T> {
  (ask: AskTarget): T;
  readonly prepare: (ask: AskTarget) => Promise<void>;
}

/** The same, from what is loaded first, once for each target. */
export function perPreparedTarget<L, T>(
  load: (target: Target) => Promise<L>,
  make: (target: Target, loaded: L) => T,
): PreparedMaker<T> {
  const loaded = new Map<string, L>();
  const maker = perTarget((target) => {
    const known = loaded.get(target.name);
    if (known === undefined) throw new Error(`nothing was loaded for the target ${target.name}`);
    return make(target, known);
  });
  return Object.assign(maker, {
    prepare: async (ask: AskTarget): Promise<void> => {
      const target = ask();
      if (!loaded.has(target.name)) loaded.set(target.name, await load(target));
    },
  });
}

/** A tool that is made of another one. */
export const preparedBy = <T>(
  { prepare }: PreparedMaker<unknown>,
  make: (ask: AskTarget) => T,
): PreparedMaker<T> => Object.assign(make, { prepare });
