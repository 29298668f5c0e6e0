/** Colours that stay apart for colour-blind readers (Okabe and Ito, 2008), lighter where the ground is dark. */
export interface Theme {
  ink: string;
  muted: string;
  grid: string;
  ground: string;
  fault: string;
  series: string[];
}

const light: Theme = {
  ink: "#1c2321",
  muted: "#5a6461",
  grid: "#e6e2d8",
  ground: "#fffefb",
  fault: "#a0156a",
  series: ["#0072b2", "#d55e00", "#009e73", "#8a6d00", "#a0156a", "#3c4a47"],
};
const dark: Theme = {
  ink: "#e8ebe7",
  muted: "#9fa9a5",
  grid: "#2c3533",
  ground: "#191f1e",
  fault: "#ff8ccf",
  series: ["#56b4e9", "#ff9950", "#3ecfa2", "#f0e442", "#ff8ccf", "#c9d1cd"],
};

/** With the colour, so that lines are told apart without it. */
export const dashes: (number[] | undefined)[] = [undefined, [8, 3], [2, 3], [8, 3, 2, 3], [14, 4], [4, 2]];

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
export const themeNow = (): Theme => (prefersDark.matches ? dark : light);
export function onTheme(call: () => void): () => void {
  prefersDark.addEventListener("change", call);
  return () => prefersDark.removeEventListener("change", call);
}
