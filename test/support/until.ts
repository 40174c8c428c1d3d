// Waiting for a condition in place of sleeping for a time.

const pollMs = 10;

/**
 * Resolves with the first truthy value of the condition. Rejects after `limitMs` with a message that names `what` was
 * awaited, and with the last error when the condition threw.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  what: string,
  limitMs = 15_000,
): Promise<Exclude<T, false | null | undefined | 0 | ''>> {
  const end = performance.now() + limitMs;
  let fault: unknown;
  do {
    try {
      const value = await condition();
      if (value) return value as Exclude<T, false | null | undefined | 0 | ''>;
      fault = undefined;
    } catch (error) {
      fault = error;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  } while (performance.now() < end);
  throw new Error(`waited ${limitMs} ms in vain: ${what}`, { cause: fault });
}
