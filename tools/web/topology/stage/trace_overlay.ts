// Above the actors: a trace that is played. What has happened stays as thin lines, what happens now is lit.
import type { Scene } from "../model/scene";
import type { Span } from "../model/spans";
import type { Trace } from "../model/trace_steps";
import type { Theme } from "./theme";
import type { ToView } from "./underlay";

interface Place {
  x: number;
  y: number;
  r: number;
}

/** What is played, and how much of the present step is over (0 to 1). */
export interface Played {
  trace: Trace;
  step: number;
  part: number;
}

const linesMost = 600;

/** Where a span is drawn: at its actor, at what caused it when it is a socket's, else on its node's island. */
export function placeOf(scene: Scene, span: Span, from: Span | undefined): Place | undefined {
  const actor = span.actor ?? from?.actor;
  const key = actor ? scene.dotOfActor.get(actor) : undefined;
  const dot = key ? scene.dots.get(key) : undefined;
  if (dot) return dot;
  const entity = span.entity ? scene.dotOfEntity.get(span.entity) : undefined;
  const known = entity ? scene.dots.get(entity) : undefined;
  if (known?.node === span.node) return known;
  const island = scene.islands.find((each) => each.name === span.node);
  return island ? { x: island.x, y: island.y, r: island.r / 12 } : undefined;
}

/** Draws it; returns whether something moves. */
export function drawTrace(context: CanvasRenderingContext2D, { trace, step, part }: Played, scene: Scene, theme: Theme, toView: ToView, scale: (r: number) => number): boolean {
  let lines = 0;
  for (let index = 0; index <= step && index < trace.steps.length; ++index) {
    const isNow = index === step;
    const { hops, isCritical } = trace.steps[index]!;
    for (const { from, to } of hops) {
      if (++lines > linesMost && !isNow) break;
      const end = placeOf(scene, to, from);
      if (!end) continue;
      const start = from ? placeOf(scene, from, undefined) : undefined;
      const b = toView(end);
      const a = start ? toView(start) : b;
      const isFar = Math.hypot(a.x - b.x, a.y - b.y) > 2;
      context.strokeStyle = context.fillStyle = from && from.node !== to.node ? theme.crossing : theme.chosen;
      context.globalAlpha = isNow ? 1 : 0.35;
      context.lineWidth = (isNow ? 3 : 1.2) + (isCritical ? 0.8 : 0);
      context.setLineDash(isCritical ? [] : [5, 4]); // not by width alone: what the answer waited for is whole
      if (isFar) {
        const tip = isNow ? { x: a.x + (b.x - a.x) * part, y: a.y + (b.y - a.y) * part } : b;
        context.beginPath();
        context.moveTo(a.x, a.y);
        context.lineTo(tip.x, tip.y);
        context.stroke();
        context.setLineDash([]);
        if (isNow && part < 1) {
          context.beginPath();
          context.arc(tip.x, tip.y, 5, 0, 2 * Math.PI);
          context.fill();
        }
      }
      context.setLineDash([]);
      if (!isNow || (isFar && part < 1)) continue;
      for (const [width, colour] of [[6, theme.ground], [3, context.strokeStyle]] as const) {
        context.beginPath();
        context.arc(b.x, b.y, scale(end.r) + 6, 0, 2 * Math.PI);
        context.lineWidth = width;
        context.strokeStyle = colour;
        context.stroke();
      }
    }
  }
  context.globalAlpha = 1;
  return part < 1;
}
