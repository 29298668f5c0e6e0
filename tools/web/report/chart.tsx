import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { Fault, Numbers } from "./data";
import { dashes, onTheme, themeNow } from "./theme";
import { short } from "./words";

export interface Line {
  label: string;
  values: Numbers;
  /** Instead of its place in the palette. */
  colour?: number;
  /** A ground between the line and nothing. */
  filled?: boolean;
  /** Drawn thinly, as what something is compared with. */
  quiet?: boolean;
}

export interface ChartProps {
  title: string;
  /** What the reader should see in it. */
  about?: string;
  x: number[];
  /** Of the x axis, with its unit. */
  xLabel?: string;
  /** Of the y axis, with its unit. */
  label: string;
  lines: Line[];
  logarithmic?: boolean;
  /** Values of the x axis as people read them, where they are. */
  ticks?: { at: number[]; text: string[] };
  /** How a value of x is called in the legend. */
  xText?: (x: number) => string;
  faults?: Fault[];
  /** Steps instead of slopes: what counts something that jumps. */
  stepped?: boolean;
}

const height = 250;

/** Numbers from 1, where the faults are. */
function drawFaults(plot: uPlot, faults: Fault[]): void {
  const { ctx } = plot;
  const theme = themeNow();
  const scale = devicePixelRatio || 1;
  const { top, height: tall } = plot.bbox;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = theme.fault;
  ctx.font = `600 ${11 * scale}px system-ui, sans-serif`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  faults.forEach((fault, index) => {
    if (fault.began_s === undefined) return;
    const x = Math.round(plot.valToPos(fault.began_s, "x", true));
    if (fault.over_s !== undefined && fault.over_s > fault.began_s) {
      ctx.globalAlpha = 0.1;
      ctx.fillRect(x, top, plot.valToPos(fault.over_s, "x", true) - x, tall);
      ctx.globalAlpha = 1;
    }
    ctx.lineWidth = 1.5 * scale;
    ctx.setLineDash([4 * scale, 3 * scale]);
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x, top + tall);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.arc(x, top - 9 * scale, 8 * scale, 0, 2 * Math.PI);
    ctx.fill();
    ctx.fillStyle = theme.ground;
    ctx.fillText(String(index + 1), x, top - 8.5 * scale);
    ctx.fillStyle = theme.fault;
  });
  ctx.restore();
}

function options(props: ChartProps, width: number): uPlot.Options {
  const theme = themeNow();
  const axis = { stroke: theme.muted, grid: { stroke: theme.grid, width: 1 }, ticks: { stroke: theme.grid, width: 1 }, labelFont: "12px system-ui, sans-serif", font: "12px system-ui, sans-serif" };
  const ticks = props.ticks;
  const most = Math.max(0, ...props.lines.flatMap((line) => line.values.map((value) => value ?? 0)));
  return {
    width,
    height,
    padding: [props.faults ? 20 : 10, props.ticks ? 26 : 14, 0, 0],
    cursor: { drag: { x: true, y: false }, points: { size: 6 }, ...(props.faults ? { sync: { key: "time" } } : {}) },
    legend: { live: true },
    scales: {
      x: { time: false, ...(ticks ? { range: [ticks.at[0] ?? 0, ticks.at.at(-1) ?? 1] as [number, number] } : {}) },
      y: props.logarithmic
        ? { distr: 3, range: (_: uPlot, low: number, high: number) => [10 ** Math.floor(Math.log10(Math.max(low, 0.01))), 10 ** Math.ceil(Math.log10(Math.max(high, 0.1) * 1.001))] as [number, number] }
        : { range: [0, most > 0 ? most * 1.08 : 1] as [number, number] },
    },
    axes: [
      {
        ...axis,
        label: props.xLabel ?? "time since the load began (s)",
        labelSize: 20,
        size: 32,
        ...(ticks ? { splits: () => ticks.at, values: () => ticks.text } : {}),
      },
      {
        ...axis,
        label: props.label,
        labelSize: 22,
        size: 58,
        ...(props.logarithmic ? { values: (_: uPlot, all: number[]) => all.map((at) => (at === null || Math.abs(Math.log10(at) % 1) > 1e-6 ? "" : short(at))) } : { values: (_: uPlot, all: number[]) => all.map(short) }),
      },
    ],
    series: [
      { label: props.xText ? "at" : "s", value: (_: uPlot, at: number | null) => (at === null ? "–" : (props.xText ?? short)(at)) },
      ...props.lines.map((line, index): uPlot.Series => {
        const place = line.colour ?? index;
        const colour = line.quiet ? theme.muted : (theme.series[place % theme.series.length] ?? theme.ink);
        const dash = line.quiet ? [3, 3] : line.filled ? undefined : dashes[place % dashes.length];
        return {
          label: line.label,
          stroke: colour,
          width: line.quiet ? 1.25 : 2,
          ...(dash ? { dash } : {}),
          ...(line.filled ? { fill: `${colour}22` } : {}),
          spanGaps: false,
          points: { show: false },
          ...(props.stepped && uPlot.paths.stepped ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
          value: (_: uPlot, at: number | null) => (at === null || at === undefined ? "–" : short(at)),
        };
      }),
    ],
    hooks: { draw: props.faults ? [(plot: uPlot) => drawFaults(plot, props.faults ?? [])] : [] },
  };
}

/** In words, for whoever does not see it. */
function described(props: ChartProps): string {
  const parts = props.lines.map((line) => {
    const numbers = line.values.filter((value): value is number => value !== null);
    return numbers.length === 0 ? `${line.label}: nothing` : `${line.label}: from ${short(Math.min(...numbers))} to ${short(Math.max(...numbers))}`;
  });
  return `${props.title}, ${props.label}. ${parts.join("; ")}.`;
}

/** A line chart of one idea, which follows the width of its place and the colours of the system. */
export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = place.current;
    if (!box) return undefined;
    let plot: uPlot | undefined;
    const draw = () => {
      plot?.destroy();
      const data = [props.x, ...props.lines.map((line) => line.values.map((value) => (props.logarithmic && value !== null && value <= 0 ? null : value)))];
      plot = new uPlot(options(props, box.clientWidth), data as uPlot.AlignedData, box);
    };
    draw();
    const watched = new ResizeObserver(() => plot?.setSize({ width: box.clientWidth, height }));
    watched.observe(box);
    const forget = onTheme(draw);
    return () => {
      forget();
      watched.disconnect();
      plot?.destroy();
    };
  }, []);
  return (
    <figure class="chart">
      <figcaption>
        <h3>{props.title}</h3>
        {props.about ? <p>{props.about}</p> : null}
      </figcaption>
      {props.lines.some((line) => line.values.some((value) => value !== null)) ? (
        <div ref={place} role="img" aria-label={described(props)} />
      ) : (
        <p class="nothing">Nothing was measured.</p>
      )}
    </figure>
  );
}
