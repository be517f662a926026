/** Why a signal was aborted. */
export function reasonOf({ reason }: AbortSignal): Error {
  const why: unknown = reason;
  return why instanceof Error ? why : new Error(String(why));
}

/** What was thrown, in words. JSONata throws plain objects with a code. */
export function describeThrown(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return String(thrown);
  const code = 'code' in thrown ? `${String(thrown.code)}: ` : '';
  return code + ('message' in thrown ? String(thrown.message) : JSON.stringify(thrown));
}
