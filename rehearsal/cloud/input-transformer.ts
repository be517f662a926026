import { z } from 'zod';

/** As on a rule's target: values picked from the event by path, put into a template. */
export type InputTransformer = {
  /** `{ alarm: '$.detail.alarmName' }`; only paths of names, no wildcards or indexes. */
  readonly inputPathsMap: Readonly<Record<string, string>>;
  /** JSON with `<alarm>` where values go; `"<alarm>"` makes text of it. */
  readonly inputTemplate: string;
};

/** Compiles to a function that makes the target's input, JSON text. @throws Error for what cannot be understood */
export function compileTransformer(transformer: InputTransformer): (event: unknown) => string {
  const { inputPathsMap, inputTemplate } = transformer;
  const paths = new Map(Object.entries(inputPathsMap).map(([name, path]) => [name, stepsOf(path)]));
  for (const [, name = ''] of inputTemplate.matchAll(placeholder))
    if (!paths.has(name))
      throw new Error(`inputTemplate uses <${name}>, which inputPathsMap does not define`);
  return (event) => {
    const filled = inputTemplate.replaceAll(placeholder, (_, name: string, offset: number) => {
      const value = valueAt(event, paths.get(name) ?? []);
      const isQuoted = isInString(inputTemplate, offset);
      const text =
        typeof value === 'string' && isQuoted ? JSON.stringify(value).slice(1, -1) : JSON.stringify(value);
      return text ?? (isQuoted ? '' : 'null');
    });
    JSON.parse(filled); // a template that makes no JSON would fail only in the state machine
    return filled;
  };
}

/** Whether a place of a JSON text is inside a string: after an odd number of quotes that are not escaped. */
function isInString(json: string, offset: number): boolean {
  return json.slice(0, offset).replaceAll(/\\./g, '').split('"').length % 2 === 0;
}

const placeholder = /<([\w-]+)>/g;

function stepsOf(path: string): readonly string[] {
  if (!/^\$(\.[\w-]+)*$/.test(path))
    throw new Error(`inputPathsMap: the rehearsal cannot read the path ${path}`);
  return path.split('.').slice(1);
}

const record = z.record(z.string(), z.unknown());

function valueAt(event: unknown, steps: readonly string[]): unknown {
  return steps.reduce((value, step) => record.safeParse(value).data?.[step], event);
}
