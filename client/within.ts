/** Resolves when the promise does, or after `ms`; keeps the process alive meanwhile, unless told otherwise. */
export async function within(ms: number, promise: Promise<unknown>, keepAlive = true): Promise<void> {
  let patience: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    patience = setTimeout(resolve, ms);
    if (!keepAlive) patience.unref();
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(patience);
  }
}
