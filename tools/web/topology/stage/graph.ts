// A scene as the graph that sigma draws.
import { DirectedGraph } from "graphology";
import { lookOf } from "../model/kinds";
import type { Dot, Link, Scene } from "../model/scene";
import type { Theme } from "./theme";

export interface DotLook {
  x: number;
  y: number;
  size: number;
  color: string;
  shape: string;
  label: string;
  opacity: number;
  ringColor: string;
  ringSize: number;
  layer: "nodes" | "topNodes";
  forced: boolean;
}

export interface LinkLook {
  size: number;
  color: string;
  opacity: number;
  head: string;
}

export type DrawnGraph = DirectedGraph<DotLook, LinkLook>;

/** From a rate to a width in world units: twice as busy is one step wider, and silence is a hair. */
export const widthOf = (rate: number): number => (rate <= 0 ? 0.35 : Math.min(6, 0.7 + 0.45 * Math.log2(1 + rate)));

/** `near`: keys of dots that stand forth because something is selected; undefined: nothing is. */
export function graphOf(scene: Scene, theme: Theme, near: ReadonlySet<string> | undefined, chosen: string | undefined): DrawnGraph {
  const graph: DrawnGraph = new DirectedGraph({ allowSelfLoops: false });
  for (const dot of scene.dots.values()) graph.addNode(dot.key, dotLook(dot, theme, near, chosen));
  // Many lines are fog: the more there are, the fainter each.
  const fog = Math.max(0.35, Math.min(1, Math.sqrt(250 / Math.max(1, scene.links.size))));
  // On large islands, which are drawn smaller, lines would vanish.
  const scale = Math.sqrt(Math.max(1, (scene.islands[0]?.r ?? 0) / 150));
  for (const link of scene.links.values()) graph.addEdgeWithKey(link.key, link.from, link.to, linkLook(link, scene, theme, chosen, fog, scale));
  return graph;
}

function dotLook(dot: Dot, theme: Theme, near: ReadonlySet<string> | undefined, chosen: string | undefined): DotLook {
  const stands = dot.stands === "ghost" ? 0.22 : dot.stands === "back" ? 0.5 : 1;
  const isNear = !near || near.has(dot.key);
  return {
    x: dot.x,
    y: dot.y,
    size: dot.r,
    color: lookOf(dot.kind).colours[theme.index],
    shape: dot.shape,
    label: dot.label,
    opacity: isNear ? stands : stands * 0.22,
    ringColor: dot.heat?.colours[theme.index] ?? (dot.is === "group" ? theme.island : "#00000000"),
    ringSize: dot.heat?.width ?? (dot.is === "group" ? 0.14 : 0),
    layer: near && isNear ? "topNodes" : "nodes",
    forced: dot.key === chosen || (dot.is === "group" && dot.count > 50),
  };
}

function linkLook(link: Link, scene: Scene, theme: Theme, chosen: string | undefined, fog: number, scale: number): LinkLook {
  const isChosen = chosen !== undefined && (link.from === chosen || link.to === chosen);
  const busy = link.rate > 0 ? Math.min(0.9, (0.6 + 0.08 * Math.log2(1 + link.rate)) * fog) : 0.3 * fog;
  const source = scene.dots.get(link.from);
  return {
    size: widthOf(link.rate) * scale * (isChosen ? 1.3 : 1),
    color: link.crossesNodes ? theme.crossing : source ? lookOf(source.kind).colours[theme.index] : theme.link,
    opacity: isChosen ? 0.95 : chosen !== undefined ? 0.05 : busy,
    head: link.rate > 0 || isChosen ? "arrow" : "none",
  };
}
