import { kindOrder } from "../model/kinds";
import type { Model } from "../model/model";
import { islandState } from "../stage/underlay";
import { Mark, Section } from "./bits";
import { Numbers, Table } from "./lists";
import { clock, perSecond, whole } from "./words";

const time = (at: string | null): string => (at ? clock(Date.parse(at)) : "–");

export function NodePanel({ model, name }: { model: Model; name: string }) {
  const shown = model.shown!;
  const { snapshot, rates, scene } = shown;
  const node = snapshot.nodes.find((each) => each.name === name);
  const { is, says } = islandState(shown, name);
  if (!node || is !== "here") return <p class="problem">{is === "missing" ? `It did not answer: ${says}.` : `This node is ${says}.`}</p>;
  const crossing = [...scene.links.values()].filter((each) => each.crossesNodes && [each.from, each.to].some((key) => scene.dots.get(key)?.node === name));
  const inside = [...scene.links.values()].filter((each) => !each.crossesNodes && scene.dots.get(each.from)?.node === name);
  const sum = (links: { rate: number }[]): number => links.reduce((all, each) => all + each.rate, 0);
  const isHidden = model.view.hiddenNodes.has(name);
  return (
    <>
      <Numbers
        rows={[
          ["Actors", whole(node.actors), "Alive at the cut"],
          ["Actors sent", whole(node.actors_shown), "Those in this snapshot"],
          ["Counts", node.level, "kinds: by kind of actor; counts: also by actor and type; edges: also who sends to whom"],
          ["Edges since", time(node.edges_since), "Since when edges and flows are counted"],
          ["Edges forgotten", `${whole(node.edges_forgotten)} messages`, "Over edges that had to make room: an upper bound of any count's error"],
          ["Looked at", time(node.cut_at), "When this node looked at its actors, by its own clock"],
          ["Started", time(node.started_at)],
          ["Life", node.incarnation, "Another number after each start"],
          ["Version", node.version],
          ["Last event", whole(node.events), "Number of the last actor that started or stopped before the cut"],
          ["Lines within", `${whole(inside.length)}, ${perSecond(sum(inside))}`],
          ["Lines to others", `${whole(crossing.length)}, ${perSecond(sum(crossing))}`],
        ]}
      />
      <p class="actions">
        <button
          type="button"
          onClick={() => {
            const hidden = new Set(model.view.hiddenNodes);
            if (!hidden.delete(name)) hidden.add(name);
            model.setView({ hiddenNodes: hidden });
          }}
        >
          {isHidden ? "Show this node" : "Hide this node"}
        </button>
      </p>
      <Section title="Kinds">
        <Table
          caption={`Kinds of actors of ${name}`}
          head={["kind", "alive", "handled", "waiting"]}
          rows={snapshot.kinds
            .filter((each) => each.node === name)
            .sort((a, b) => kindOrder(a.kind, b.kind))
            .map((each) => [
              <span class="kind-name" title={`started ${whole(each.started)}, stopped ${whole(each.stopped)}, discarded ${whole(each.discarded)} messages, handled ${whole(each.handled)} in all`}>
                <Mark kind={each.kind} /> {each.kind}
              </span>,
              whole(each.alive),
              perSecond(rates.kinds.get(`${name}>${each.kind}`)),
              whole(Math.max(0, each.enqueued - each.handled - each.discarded)),
            ])}
        />
      </Section>
    </>
  );
}
