/** Colours of what is drawn on canvases, where style sheets do not reach. */
export interface Theme {
  /** 0 or 1: which of a pair of colours. */
  index: 0 | 1;
  ink: string;
  muted: string;
  ground: string;
  island: string;
  coast: string;
  gone: string;
  link: string;
  crossing: string;
  chosen: string;
  moved: string;
}

const light: Theme = {
  index: 0, ink: "#1c2321", muted: "#5a6461", ground: "#f4f2ed", island: "#fffefb", coast: "#d4cfc2", gone: "#a8261c",
  link: "#7d8783", crossing: "#0072b2", chosen: "#0b6b5d", moved: "#a0156a",
};
const dark: Theme = {
  index: 1, ink: "#e8ebe7", muted: "#9fa9a5", ground: "#121716", island: "#1a2120", coast: "#37413f", gone: "#ff9a8f",
  link: "#7f8a86", crossing: "#56b4e9", chosen: "#5cc9b4", moved: "#ff8ccf",
};

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const prefersStill = matchMedia("(prefers-reduced-motion: reduce)");

export const themeNow = (): Theme => (prefersDark.matches ? dark : light);
export const isStill = (): boolean => prefersStill.matches;

/** Calls when light turned dark or back. */
export function onTheme(call: () => void): () => void {
  prefersDark.addEventListener("change", call);
  return () => prefersDark.removeEventListener("change", call);
}
