/** Numbers as people read them. */
export const whole = (number: number): string => Math.round(number).toLocaleString("en-GB");

/** Three figures that count. */
export function short(number: number): string {
  const size = Math.abs(number);
  if (size >= 1000) return whole(number);
  return String(Number(number.toPrecision(size < 1 ? 2 : 3)));
}

export function duration(ms: number): string {
  if (ms < 1000) return `${short(ms)} ms`;
  return `${short(ms / 1000)} s`;
}

export const microseconds = (us: number): string => (us < 1000 ? `${short(us)} µs` : duration(us / 1000));
/** With as many nines as there are. */
export const percent = (part: number): string => `${Number((part * 100).toFixed(part < 0.99 ? 1 : 2))} %`;
export const counted = (number: number, one: string, many: string): string => `${whole(number)} ${number === 1 ? one : many}`;

export function bytes(number: number): string {
  return `${short(number / 2 ** 30)} GiB`;
}
