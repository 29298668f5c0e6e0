// Numbers and times as people read them.

const two = (number: number): string => String(number).padStart(2, "0");

/** Time of day with seconds, as this browser's clock has it. */
export function clock(at: number): string {
  const time = new Date(at);
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** "1,204": whole numbers, with separators. */
export const whole = (number: number): string => Math.round(number).toLocaleString("en");

export const counted = (number: number, what: string): string => `${whole(number)} ${what}${number === 1 ? "" : "s"}`;

/** "0.4/s", "12/s", "3.4k/s". */
export function perSecond(rate: number | undefined): string {
  if (rate === undefined) return "–";
  if (rate === 0) return "0/s";
  if (rate < 10) return `${rate.toFixed(1)}/s`;
  if (rate < 10_000) return `${whole(rate)}/s`;
  return `${(rate / 1000).toFixed(1)}k/s`;
}

/** Microseconds as "12 µs", "3.4 ms", "1.2 s". */
export function duration(us: number): string {
  if (us < 1000) return `${us < 10 ? us.toFixed(1).replace(/\.0$/, "") : whole(us)} µs`;
  if (us < 1_000_000) return `${(us / 1000).toFixed(us < 10_000 ? 1 : 0)} ms`;
  return `${(us / 1_000_000).toFixed(1)} s`;
}

/** How long before the newest: "now", "12 s ago", "3 min ago". */
export function ago(ms: number): string {
  if (ms < 1500) return "now";
  if (ms < 90_000) return `${Math.round(ms / 1000)} s earlier`;
  return `${Math.round(ms / 60_000)} min earlier`;
}
