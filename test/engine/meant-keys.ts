import { InvalidSpec } from '../../engine/database/errors.ts';

/** The keys of rows that each problem of a refusal means. */
export async function meantKeys(refused: Promise<unknown>): Promise<readonly (readonly string[])[]> {
  const error: unknown = await refused.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof InvalidSpec)) throw new Error('it was not refused', { cause: error });
  return error.problems.map(({ rows }) => rows?.forTerminal() ?? []);
}
