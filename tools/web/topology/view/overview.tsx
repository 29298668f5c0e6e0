import { kindOrder } from "../model/kinds";
import type { Model } from "../model/model";
import type { Stage } from "../stage/stage";
import { Mark, Section } from "./bits";
import { ActorLink, Numbers, Table } from "./lists";
import { counted, perSecond, whole } from "./words";

const minutes = 10;
const listed = 8;

export function Overview({ model, stage }: { model: Model; stage: () => Stage | undefined }) {
  const { snapshot, rates, scene, changes } = model.shown!;
  const here = snapshot.nodes.filter((each) => each.missing === null);
  const countsEdges = here.filter((each) => each.edges_since !== null);
  const handledAt = (node: string): number => snapshot.kinds.filter((each) => each.node === node).reduce((sum, each) => sum + (rates.kinds.get(`${node}>${each.kind}`) ?? 0), 0);
  const kinds = [...new Set(snapshot.kinds.map((each) => each.kind))].sort(kindOrder);
  const waiting = [...snapshot.actors].filter((each) => each.mailbox > 0).sort((a, b) => b.mailbox - a.mailbox).slice(0, listed);
  const busiest = [...snapshot.actors].sort((a, b) => (rates.actors.get(b.id) ?? 0) - (rates.actors.get(a.id) ?? 0)).slice(0, listed);
  const shown = here.reduce((sum, each) => sum + each.actors_shown, 0);
  const all = here.reduce((sum, each) => sum + each.actors, 0);
  return (
    <>
      {countsEdges.length === 0 && here.length > 0 ? <EdgesOff model={model} /> : null}
      {changes.gone.length > 0 || changes.moves.length > 0 ? (
        <p class="news" role="status">
          {changes.gone.map((each) => `${each.name} ${each.how}. `).join("")}
          {changes.moves.length > 0 ? `${counted(changes.moves.length, "actor")} moved to another node.` : ""}
        </p>
      ) : null}
      <Numbers
        rows={[
          ["Actors", shown < all ? `${whole(shown)} of ${whole(all)} sent` : whole(all), "Alive at the cut. Of a large cluster, nodes send the busiest ones; the rest is drawn as groups"],
          ["Drawn", `${whole(scene.dots.size)} marks, ${whole(scene.links.size)} lines`, "Marks are actors or groups of them; lines are edges or flows put together by their ends"],
          ["Skew", `${whole(snapshot.skew_ms)} ms`, "Between the earliest and the latest node's cut: nothing is simultaneous across nodes"],
          ["Answered by", snapshot.answered_by],
          ["Identities", snapshot.names ? "ids and names" : "pseudonyms"],
        ]}
      />
      <Section title="Nodes">
        <Table
          caption="Nodes of the cluster"
          head={["node", "actors", "handled", "counts"]}
          rows={snapshot.nodes.map((each) => [
            <button type="button" class="text-link" onClick={() => model.select({ is: "island", name: each.name })}>
              {each.name}
            </button>,
            each.missing === null ? whole(each.actors) : "missing",
            perSecond(rates.since === "before" ? handledAt(each.name) : undefined),
            each.level,
          ])}
        />
      </Section>
      <Section title="Kinds">
        <Table
          caption="Kinds of actors"
          head={["kind", "alive", "handled", "in all"]}
          rows={kinds.map((kind) => {
            const parts = snapshot.kinds.filter((each) => each.kind === kind);
            const rate = parts.reduce((sum, each) => sum + (rates.kinds.get(`${each.node}>${kind}`) ?? 0), 0);
            return [
              <span class="kind-name">
                <Mark kind={kind} /> {kind}
              </span>,
              whole(parts.reduce((sum, each) => sum + each.alive, 0)),
              perSecond(rates.since === "before" ? rate : undefined),
              whole(parts.reduce((sum, each) => sum + each.handled, 0)),
            ];
          })}
        />
      </Section>
      <Section title="Longest mailboxes">
        {waiting.length === 0 ? <p class="hint">Nothing waits anywhere.</p> : null}
        <ul class="actor-list">
          {waiting.map((each) => (
            <li key={each.id}>
              <ActorLink model={model} actor={each} stage={stage} /> <span class="number">{whole(each.mailbox)}</span>
            </li>
          ))}
        </ul>
      </Section>
      <Section title="Busiest actors">
        <ul class="actor-list">
          {busiest.map((each) => (
            <li key={each.id}>
              <ActorLink model={model} actor={each} stage={stage} /> <span class="number">{perSecond(rates.actors.get(each.id))}</span>
            </li>
          ))}
        </ul>
      </Section>
    </>
  );
}

function EdgesOff({ model }: { model: Model }) {
  return (
    <div class="edges-off">
      <p>
        <strong>No node counts edges</strong>, so there are no lines. Counting who sends to whom costs each message a little; nodes do it for a while when they are asked,
        and stop by themselves.
      </p>
      {model.recording ? null : (
        <button type="button" class="primary" onClick={() => void model.countEdges(minutes * 60)}>
          Count edges for {minutes} minutes
        </button>
      )}
    </div>
  );
}
