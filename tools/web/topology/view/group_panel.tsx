import type { Model } from "../model/model";
import { OPEN_MOST, type Dot } from "../model/scene";
import type { Stage } from "../stage/stage";
import { Section } from "./bits";
import { ActorLink, Numbers } from "./lists";
import { perSecond, whole } from "./words";

const listed = 30;

export function GroupPanel({ model, dot, stage }: { model: Model; dot: Dot; stage: () => Stage | undefined }) {
  const { scene, rates } = model.shown!;
  const inside = scene.groups.get(dot.key) ?? [];
  const isOpen = model.view.opened.has(dot.key);
  const waiting = inside.reduce((sum, each) => sum + each.mailbox, 0);
  const rate = inside.reduce((sum, each) => sum + (rates.actors.get(each.id) ?? 0), 0);
  const links = [...scene.links.values()].filter((each) => each.from === dot.key || each.to === dot.key);
  const most = [...inside].sort((a, b) => b.handled - a.handled).slice(0, listed);
  return (
    <>
      <Numbers
        rows={[
          ["Node", dot.node],
          ["Actors", whole(dot.count), "Of this kind, or around this conversation, on this node"],
          ["Known one by one", whole(inside.length), "The others were not sent, since they are less busy; search for an entity to have one"],
          ["Waiting now", `${whole(waiting)} messages`, "In the mailboxes of those that are known"],
          ["Handles", perSecond(rates.since === "before" ? rate : undefined)],
          ["Lines", `${whole(links.length)}, ${perSecond(links.reduce((sum, each) => sum + each.rate, 0))}`],
        ]}
      />
      <p class="actions">
        <button type="button" class="primary" disabled={inside.length === 0} onClick={() => model.toggleGroup(dot.key)}>
          {isOpen ? "Close the group" : `Open the group${inside.length > OPEN_MOST ? ` (its ${whole(OPEN_MOST)} busiest)` : ""}`}
        </button>
      </p>
      <Section title="Busiest of them">
        <ul class="actor-list">
          {most.map((each) => (
            <li key={each.id}>
              <ActorLink model={model} actor={each} stage={stage} /> <span class="number">{whole(each.handled)}</span>
            </li>
          ))}
        </ul>
      </Section>
    </>
  );
}
