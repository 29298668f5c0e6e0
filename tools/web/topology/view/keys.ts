import type { Model } from "../model/model";
import type { Stage } from "../stage/stage";
import { exportPicture, exportSnapshot } from "./export";
import { toggleTraces } from "./panel";
import { goLive, step, togglePause } from "./timeline_bar";

/** What a key does while no field has the focus. Returns whether it did something. */
export function pressed(event: KeyboardEvent, model: Model, stage: Stage | undefined, help: () => void): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const at = event.target as HTMLElement;
  if (at.closest("input:not([type=checkbox], [type=radio], [type=range]), select, textarea, dialog")) return false;
  const inGraph = at.id === "graph" || at === document.body;
  const { selection, shown } = model;
  switch (event.key) {
    case "/":
      document.getElementById("search")?.focus();
      return true;
    case "?":
      help();
      return true;
    case "Escape":
      model.select(undefined);
      return true;
    case "f":
      model.setView({ graph: model.view.graph === "flows" ? "messages" : "flows" });
      return true;
    case "t":
      toggleTraces(model);
      return true;
    case "[":
    case "]":
      if (isPlayed(model)) model.traces.stepBy(event.key === "[" ? -1 : 1);
      else step(model, event.key === "[" ? -1 : 1);
      return true;
    case "l":
      if (!model.recording) goLive(model);
      return true;
    case "o":
      document.getElementById("recording")?.click();
      return true;
    case "e":
      exportPicture(model, stage);
      return true;
    case "j":
      exportSnapshot(model);
      return true;
    case "n":
    case "N":
      nextActor(model, stage, event.key === "n" ? 1 : -1);
      return true;
    case "0":
      stage?.fit();
      return true;
    case "+":
    case "=":
      stage?.zoom(1.4);
      return true;
    case "-":
      stage?.zoom(1 / 1.4);
      return true;
    case " ":
      if (at.closest("button, summary, [role=option], input")) return false;
      if (isPlayed(model)) model.traces.toggle();
      else togglePause(model);
      return true;
    case "Enter": {
      if (!inGraph || selection?.is !== "dot") return false;
      const dot = shown?.scene.dots.get(selection.key);
      if (dot?.is === "group") model.toggleGroup(dot.key);
      else if (dot) stage?.goTo(dot, 0.04);
      return true;
    }
  }
  if (!inGraph) return false;
  const pans: Record<string, readonly [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const pan = pans[event.key];
  if (pan) stage?.pan(...pan);
  return pan !== undefined;
}

/** Whether the keys of time are those of a trace. */
const isPlayed = ({ traces }: Model): boolean => traces.isOpen && traces.chosen !== undefined;

/** The busiest actor after the selected one, or before it. */
function nextActor(model: Model, stage: Stage | undefined, by: number): void {
  const { shown, selection } = model;
  if (!shown) return;
  const { scene } = shown;
  const weight = (key: string): number => scene.actors.get(key)?.handled ?? scene.dots.get(key)!.count;
  const order = [...scene.dots.values()].filter((each) => each.stands === "forth").sort((a, b) => weight(b.key) - weight(a.key) || (a.key < b.key ? -1 : 1));
  if (order.length === 0) return;
  const at = order.findIndex((each) => selection?.is === "dot" && each.key === selection.key);
  const next = order[(at + by + order.length) % order.length] ?? order[0]!;
  model.select({ is: "dot", key: next.key });
  stage?.goTo(next, 0.04);
}
