// The islands: a disc a node, with what is to be known of it, below the actors.
import type { Shown } from "../model/model";
import type { Theme } from "./theme";
import { clock, counted, perSecond } from "../view/words";

export type ToView = (at: { x: number; y: number }) => { x: number; y: number };

export interface IslandState {
  is: "here" | "missing" | "gone";
  /** Below the name. */
  says: string;
}

/** What is known of a node that has an island. */
export function islandState({ snapshot, rates, lastSeen }: Shown, name: string): IslandState {
  const node = snapshot.nodes.find((each) => each.name === name);
  const seen = lastSeen.get(name);
  if (!node) return { is: "gone", says: seen === undefined ? "gone" : `gone, last seen ${clock(seen)}` };
  if (node.missing !== null) return { is: "missing", says: node.missing };
  let handled = 0;
  for (const each of snapshot.kinds) if (each.node === name) handled += rates.kinds.get(`${name}>${each.kind}`) ?? 0;
  const pace = rates.since === "before" ? `, ${perSecond(handled)} handled` : "";
  return { is: "here", says: `${counted(node.actors, "actor")}${pace}` };
}

export function drawIslands(context: CanvasRenderingContext2D, shown: Shown, theme: Theme, toView: ToView, selected: string | undefined): void {
  for (const island of shown.scene.islands) {
    const centre = toView(island);
    const r = Math.hypot(toView({ x: island.x + island.r, y: island.y }).x - centre.x, 0);
    const { is, says } = islandState(shown, island.name);
    context.beginPath();
    context.arc(centre.x, centre.y, r, 0, 2 * Math.PI);
    context.globalAlpha = is === "here" ? 1 : 0.45;
    context.fillStyle = theme.island;
    context.fill();
    context.globalAlpha = 1;
    context.setLineDash(is === "here" ? [] : [8, 6]);
    context.lineWidth = selected === island.name ? 3 : 1.25;
    context.strokeStyle = selected === island.name ? theme.chosen : is === "here" ? theme.coast : theme.gone;
    context.stroke();
    context.setLineDash([]);
    if (r < 24) continue;
    context.textAlign = "center";
    context.fillStyle = is === "here" ? theme.ink : theme.gone;
    context.font = "600 15px system-ui, sans-serif";
    context.fillText(island.name, centre.x, centre.y - r - 24, 2 * r + 60);
    context.fillStyle = is === "here" ? theme.muted : theme.gone;
    context.font = "13px system-ui, sans-serif";
    context.fillText(says.length > 70 ? `${says.slice(0, 69)}…` : says, centre.x, centre.y - r - 7, 2 * r + 60);
  }
}
