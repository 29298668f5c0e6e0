import { setTimeout as pause } from "node:timers/promises";

/** Looks until the condition holds (its first truthy value is returned) or the time is up. */
export async function eventually(what, withinMs, look) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await pause(20); // between two looks at what nothing announces
  }
}
