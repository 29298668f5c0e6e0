import type { Model } from "../model/model";
import { edgeKey, flowKey } from "../model/rates";
import type { Actor, Times } from "../model/snapshot";
import type { Stage } from "../stage/stage";
import { Section } from "./bits";
import { ActorLink, Numbers, Table, type Row } from "./lists";
import { clock, duration, perSecond, whole } from "./words";

const edgesMost = 60;

export function ActorPanel({ model, actor, stage }: { model: Model; actor: Actor; stage: () => Stage | undefined }) {
  const { snapshot, rates, scene } = model.shown!;
  const link = (id: string | null) => {
    const other = id === null ? undefined : scene.actors.get(id);
    return other ? <ActorLink model={model} actor={other} stage={stage} /> : (id ?? "the program");
  };
  const rows: Row[] = [
    ["Entity", actor.entity ?? "none", "What it stands for: a person, a conversation or a session"],
    ...(actor.person === undefined ? [] : [["Person", actor.person, "Who uses this session"] as const]),
    ...(actor.name === undefined ? [] : [["Name", actor.name] as const]),
    ["Node", <button type="button" class="text-link" onClick={() => model.select({ is: "island", name: actor.node })}>{actor.node}</button>],
    ["Shard", actor.shard === null ? "none" : String(actor.shard), "The one of 1024 parts of all ids that its entity belongs to"],
    ["Started by", link(actor.parent)],
    ["Started", clock(Date.parse(actor.started_at))],
    ["Waiting now", `${whole(actor.mailbox)} messages`, "Sent and not handled: its mailbox at the cut"],
    ["Most waiting", `${whole(actor.mailbox_highest)} messages`, "The most that ever waited, as far as it was counted (level counts)"],
    ["Enqueued", `${whole(actor.enqueued)} messages`],
    ["Handled", `${whole(actor.handled)} messages`],
    ["Handles", perSecond(rates.actors.get(actor.id)), "Messages a second since the snapshot before"],
  ];
  const types = Object.entries(actor.types).sort(([, a], [, b]) => b - a);
  const children = snapshot.actors.filter((each) => each.parent === actor.id);
  // A session and the user's actor belong together by their person.
  const who = actor.person ?? actor.entity;
  const family = who === null ? [] : snapshot.actors.filter((each) => (each.person ?? each.entity) === who && each.id !== actor.id);
  return (
    <>
      <Numbers rows={rows} />
      <Section title="Time in mailbox and in handler">
        <Numbers rows={[...timesOf("Waited", actor.waited_us), ...timesOf("Handling", actor.handling_us)]} />
      </Section>
      <Section title={`Types handled (${types.length})`}>
        {types.length === 0 ? <p class="hint">Types are counted at level counts or edges.</p> : <Table caption="Messages handled by type" head={["type", "messages", "refused"]} rows={types.map(([type, count]) => [type, whole(count), whole(actor.refused?.[type] ?? 0)])} />}
      </Section>
      <Edges model={model} actor={actor} link={link} />
      {who === null ? null : <Flows model={model} entity={who} stage={stage} />}
      {family.length + children.length > 0 ? (
        <Section title="Relatives">
          <ul class="actor-list">
            {family.slice(0, 20).map((each) => (
              <li key={each.id}>
                <ActorLink model={model} actor={each} stage={stage} /> <small>{each.kind}, the same {who!.slice(0, who!.indexOf(":"))}</small>
              </li>
            ))}
            {children.slice(0, 20).map((each) => (
              <li key={each.id}>
                <ActorLink model={model} actor={each} stage={stage} /> <small>started by it</small>
              </li>
            ))}
          </ul>
          {children.length > 20 ? <p class="hint">and {whole(children.length - 20)} more that it started</p> : null}
        </Section>
      ) : null}
    </>
  );
}

function timesOf(name: string, times: Times | null): Row[] {
  if (!times) return [[name, "not timed", "Needs level counts"]];
  return [
    [`${name} p50`, `≤ ${duration(times.p50)}`, `Half of ${times.count} messages that were timed, a sample of all; the upper bound of a histogram's bucket`],
    [`${name} p99`, `≤ ${duration(times.p99)}`, "99 of 100 of them"],
    [`${name} max`, duration(times.max)],
  ];
}

function Edges({ model, actor, link }: { model: Model; actor: Actor; link: (id: string | null) => unknown }) {
  const { snapshot, rates } = model.shown!;
  const own = snapshot.edges.filter((each) => each.from === actor.id || each.to === actor.id).sort((a, b) => b.count - a.count);
  return (
    <Section title={`Edges (${own.length})`}>
      {own.length === 0 ? <p class="hint">None among the heaviest of the cluster.</p> : null}
      {own.length === 0 ? null : (
        <Table
          caption="Messages to and from other actors"
          head={["with", "messages", "now"]}
          rows={own.slice(0, edgesMost).map((each) => [
            <span class="end">
              <span title={each.from === actor.id ? "it sends to" : "it hears from"}>{each.from === actor.id ? "→" : "←"}</span> {link(each.from === actor.id ? each.to : each.from) as never}
              <small>{each.type}</small>
            </span>,
            <span title={`may be ${whole(each.error)} too high${each.bytes === undefined ? "" : `; ${whole(each.bytes)} bytes over the link`}`}>
              {whole(each.count)}
              {each.error > 0 ? " ±" : ""}
            </span>,
            perSecond(rates.edges.get(edgeKey(each))),
          ])}
        />
      )}
    </Section>
  );
}

function Flows({ model, entity, stage }: { model: Model; entity: string; stage: () => Stage | undefined }) {
  const { snapshot, rates, scene } = model.shown!;
  const own = snapshot.flows.filter((each) => each.from === entity || each.to === entity).sort((a, b) => b.count - a.count);
  const end = (of: string) => {
    const actor = scene.actors.get(scene.dotOfEntity.get(of) ?? "") ?? snapshot.actors.find((each) => each.entity === of);
    return actor ? <ActorLink model={model} actor={actor} stage={stage} /> : of;
  };
  return (
    <Section title={`Flows (${own.length})`}>
      {own.length === 0 ? (
        <p class="hint">None among the heaviest of the cluster.</p>
      ) : (
        <Table
          caption="Messages from and to other entities"
          head={["with", "messages", "now"]}
          rows={own.slice(0, edgesMost).map((each) => [
            <span class="end">
              <span title={each.from === entity ? "it causes what concerns" : "it is concerned by"}>{each.from === entity ? "→" : "←"}</span> {end(each.from === entity ? each.to : each.from)}
            </span>,
            <span title={`may be ${whole(each.error)} too high`}>
              {whole(each.count)}
              {each.error > 0 ? " ±" : ""}
            </span>,
            perSecond(rates.flows.get(flowKey(each))),
          ])}
        />
      )}
    </Section>
  );
}
