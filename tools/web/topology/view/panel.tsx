import type { Model } from "../model/model";
import type { Stage } from "../stage/stage";
import { ActorPanel } from "./actor_panel";
import { IconButton } from "./bits";
import { GroupPanel } from "./group_panel";
import { NodePanel } from "./node_panel";
import { Overview } from "./overview";
import { TracePanel } from "./trace_panel";

/** What is selected, in numbers; the cluster when nothing is. */
export function Panel({ model, stage }: { model: Model; stage: () => Stage | undefined }) {
  const { selection, shown, traces } = model;
  if (!shown) return <aside class="panel" aria-label="Numbers" />;
  const dot = selection?.is === "dot" ? shown.scene.dots.get(selection.key) : undefined;
  const actor = selection?.is === "dot" ? shown.scene.actors.get(selection.key) : undefined;
  const title = selection?.is === "island" ? selection.name : actor ? `${actor.kind} ${actor.id}` : dot ? dot.label : selection ? "Gone" : traces.isOpen ? "Traces" : "Cluster";
  return (
    <aside class="panel" aria-label="Numbers">
      <header>
        <h2>{title}</h2>
        {selection ? <IconButton icon="close" name={traces.isOpen ? "Back to the traces" : "Back to the cluster"} keys="Esc" onClick={() => model.select(undefined)} /> : null}
        {!selection && traces.isOpen ? <IconButton icon="close" name="Close the traces" keys="t" onClick={() => toggleTraces(model)} /> : null}
      </header>
      {selection?.is === "island" ? (
        <NodePanel model={model} name={selection.name} />
      ) : actor ? (
        <ActorPanel model={model} actor={actor} stage={stage} />
      ) : dot?.is === "group" ? (
        <GroupPanel model={model} dot={dot} stage={stage} />
      ) : selection ? (
        <p>It is not in this snapshot: it ended, or its filter is off.</p>
      ) : traces.isOpen ? (
        <TracePanel model={model} />
      ) : (
        <Overview model={model} stage={stage} />
      )}
    </aside>
  );
}

/** Tracing ends with the panel: nobody would see what comes. */
export function toggleTraces(model: Model): void {
  const { traces } = model;
  traces.isOpen = !traces.isOpen;
  if (!traces.isOpen) {
    traces.pause();
    if (traces.isSampling) traces.stop();
  } else model.select(undefined);
  model.changed();
}
