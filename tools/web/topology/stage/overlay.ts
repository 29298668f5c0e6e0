// Above the actors: what has moved, and a mark around what is selected.
import { ghostKey, type Scene } from "../model/scene";
import type { Changes } from "../model/changes";
import type { Theme } from "./theme";
import type { ToView } from "./underlay";

const flightMs = 1600;
const fadeMs = 6000;
const linesMost = 700;

interface Point {
  x: number;
  y: number;
}

interface Flight {
  from: Point;
  to: Point & { r: number };
  /** Actors that it stands for. */
  count: number;
  delay: number;
}

/** Moves as lines between places; of what is drawn as a group, one line for all that went the same way. */
export function flightsOf(scene: Scene, changes: Changes): Flight[] {
  const islands = new Map(scene.islands.map((each) => [each.name, each]));
  const flights = new Map<string, Flight>();
  for (const { from, to } of changes.moves) {
    const ghost = scene.dots.get(ghostKey(from.id));
    const targetKey = scene.dotOfActor.get(to.id);
    const target = targetKey ? scene.dots.get(targetKey) : undefined;
    const [start, end] = [ghost ?? islands.get(from.node), target];
    if (!start || !end) continue;
    const key = `${ghost?.key ?? from.node}>${end.key}`;
    const flight = flights.get(key);
    if (flight) ++flight.count;
    else flights.set(key, { from: start, to: end, count: 1, delay: (flights.size % 40) * 12 });
    if (flights.size > linesMost) break;
  }
  return [...flights.values()];
}

/** Draws the moves as they are so many ms after they were seen, `undefined`: at rest. Returns whether they go on. */
export function drawFlights(context: CanvasRenderingContext2D, flights: readonly Flight[], theme: Theme, toView: ToView, scale: (r: number) => number, ageMs: number | undefined): boolean {
  let goesOn = false;
  context.strokeStyle = context.fillStyle = theme.moved;
  for (const { from, to, count, delay } of flights) {
    const [a, b] = [toView(from), toView(to)];
    const bend = { x: (a.x + b.x) / 2 - (b.y - a.y) * 0.14, y: (a.y + b.y) / 2 + (b.x - a.x) * 0.14 };
    const age = ageMs === undefined ? undefined : ageMs - delay;
    if (age !== undefined && age < 0) {
      goesOn = true;
      continue;
    }
    const part = age === undefined ? 1 : Math.min(1, age / flightMs);
    const left = age === undefined ? 0.85 : 1 - Math.min(1, Math.max(0, age - flightMs) / (fadeMs - flightMs));
    if (left <= 0) continue;
    if (age !== undefined && age < fadeMs) goesOn = true;
    const eased = 1 - (1 - part) ** 3;
    context.globalAlpha = 0.55 * left * (flights.length > 200 ? 0.6 : 1);
    context.lineWidth = Math.min(7, (flights.length > 60 ? 1 : 1.6) + 0.7 * Math.log2(count));
    context.beginPath();
    context.moveTo(a.x, a.y);
    // The first part of the curve: a quadratic one cut at `eased`.
    const mid = { x: a.x + (bend.x - a.x) * eased, y: a.y + (bend.y - a.y) * eased };
    const tip = {
      x: (1 - eased) ** 2 * a.x + 2 * (1 - eased) * eased * bend.x + eased ** 2 * b.x,
      y: (1 - eased) ** 2 * a.y + 2 * (1 - eased) * eased * bend.y + eased ** 2 * b.y,
    };
    context.quadraticCurveTo(mid.x, mid.y, tip.x, tip.y);
    context.stroke();
    context.globalAlpha = left;
    context.beginPath();
    context.arc(tip.x, tip.y, part < 1 ? 3.5 : scale(to.r) + 1.5, 0, 2 * Math.PI);
    if (part < 1) context.fill();
    else {
      context.lineWidth = 1;
      context.stroke();
    }
  }
  context.globalAlpha = 1;
  return goesOn;
}

/** A ring around a place: what is selected, or what the keyboard is at. */
export function drawMark(context: CanvasRenderingContext2D, at: Point, r: number, theme: Theme): void {
  for (const [width, colour] of [[5, theme.ground], [2.5, theme.chosen]] as const) {
    context.beginPath();
    context.arc(at.x, at.y, r + 5, 0, 2 * Math.PI);
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.stroke();
  }
}
