/** Time as the client sees it; tests bring their own. */
export interface Timers {
  now(): number;
  /** Calls once after that many milliseconds, unless the returned function is called before. */
  after(ms: number, call: () => void): () => void;
}

export const realTimers: Timers = {
  now: () => Date.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

const quickMs = 1_000;
const firstMs = 5_000;
const longestMs = 60_000;

/**
 * How long to wait before connecting again after `failures` attempts in a row that came to nothing.
 *
 * Random, so that a node's clients do not all come back in the same instant: 0–1 s, 0–5 s, then
 * doubling up to 0–60 s.
 */
export function reconnectDelay(failures: number, random: () => number): number {
  const bound = failures === 0 ? quickMs : Math.min(longestMs, firstMs * 2 ** (failures - 1));
  return Math.round(random() * bound);
}
