import { z } from 'zod';

const nestedMachines: Readonly<Record<string, string>> = {
  '${VerifyMachine}': 'verify',
  '${GateMachine}': 'gate',
};

const state = z.looseObject({
  Type: z.string(),
  Resource: z.string().default(''),
  Arguments: z.looseObject({ StateMachineArn: z.string().default('') }).optional(),
  Choices: z.array(z.looseObject({ Next: z.string() })).default([]),
  Default: z.string().optional(),
  Next: z.string().optional(),
  get ItemProcessor(): z.ZodOptional<typeof scope> {
    return scope.optional();
  },
  get Branches(): z.ZodDefault<z.ZodArray<typeof scope>> {
    return z.array(scope).default([]);
  },
});
const scope = z.looseObject({ StartAt: z.string(), States: z.record(z.string(), state) });

/** A machine without what its states say: where each goes, whom it calls, and what is inside of it. */
export function outlineOf(definition: unknown): unknown {
  return outlined(scope.parse(definition));
}

const outlined = ({ StartAt, States }: z.infer<typeof scope>): unknown => ({
  startAt: StartAt,
  states: Object.fromEntries(Object.entries(States).map(([name, each]) => [name, outlinedState(each)])),
});

function outlinedState({ Resource, Arguments, ...each }: z.infer<typeof state>): unknown {
  const nested = nestedMachines[Arguments?.StateMachineArn ?? ''];
  const inner = each.ItemProcessor ?? each.Branches[0];
  return {
    next: [...each.Choices.map(({ Next }) => Next), ...[each.Default ?? each.Next ?? []].flat()],
    ...(Resource.endsWith('lambda:invoke') ? { invokes: true } : {}),
    ...(nested === undefined ? {} : { starts: nested }),
    ...(inner === undefined ? {} : { inner: outlined(inner) }),
  };
}
