/** Resolves when the promise does, or after `ms`; keeps the process alive meanwhile. */
export async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  let patience: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    patience = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(patience);
  }
}
