// What is drawn of a snapshot: a pure function of it, of what moved the page's controls, and of the layout's memory.
import type { Affinity } from "./affinity";
import { detailFor, type Detail } from "./detail";
import { heatOf, isInfrastructure, lookOf, type Heat, type Shape } from "./kinds";
import { Layout, type IslandPlace, type Wanted } from "./layout";
import { edgeKey, flowKey, type Rates } from "./rates";
import { inhabitedShards } from "./shards";
import { entityKind, nodeOf, type Actor, type Snapshot } from "./snapshot";

export interface View {
  graph: "flows" | "messages";
  detail: "auto" | Detail;
  hiddenKinds: ReadonlySet<string>;
  hiddenNodes: ReadonlySet<string>;
  /** Keys of groups that are shown actor by actor. */
  opened: ReadonlySet<string>;
  /** Ids of actors that are shown though their group is closed: somebody looks at them. */
  revealed: ReadonlySet<string>;
}

export interface Dot {
  key: string;
  is: "actor" | "group";
  node: string;
  kind: string;
  x: number;
  y: number;
  r: number;
  shape: Shape;
  letter: string;
  label: string;
  heat: Heat | undefined;
  /** Whether it stands back in this view; a ghost is not there any more. */
  stands: "forth" | "back" | "ghost";
  /** Actors that it stands for. */
  count: number;
  /** Cluster of a group: "kind:session" or "conversation:…". */
  cluster: string;
}

export interface Link {
  key: string;
  from: string;
  to: string;
  /** Messages a second, and since counting began. */
  rate: number;
  count: number;
  crossesNodes: boolean;
}

export interface Scene {
  dots: Map<string, Dot>;
  links: Map<string, Link>;
  islands: IslandPlace[];
  detail: Detail;
  /** The dot that shows an actor, by its id, and an entity. */
  dotOfActor: Map<string, string>;
  dotOfEntity: Map<string, string>;
  actors: Map<string, Actor>;
  groups: Map<string, Actor[]>;
}

/** What keeps everything in its place from one scene to the next. */
export interface Memory {
  layout: Layout;
  affinity: Affinity;
}

/** A group that is opened shows at most so many, those that handled most. */
export const OPEN_MOST = 1500;

export const groupKey = (node: string, cluster: string): string => `group:${node}|${cluster}`;

export const ghostKey = (id: string): string => `ghost:${id}`;

export const shortEntity = (entity: string): string => {
  const [kind, rest] = [entityKind(entity), entity.slice(entity.indexOf(":") + 1)];
  return `${kind} ${rest.length > 12 ? `${rest.slice(0, 10)}…` : rest}`;
};

/** A name, else what stands for one. Beside its letter a kind need not be said. */
export const labelOf = (actor: Actor): string => {
  if (actor.name !== undefined) return actor.name;
  if (actor.kind === "shard" && actor.shard !== null) return `shard ${actor.shard}`;
  const who = actor.person ?? actor.entity;
  if (who === null) return `${actor.kind} ${actor.id}`;
  return shortEntity(who).slice(entityKind(who).length + 1);
};

const actorRadius = (actor: Actor): number => {
  const base = actor.kind === "conversation" ? 3.6 : 2.5;
  return Math.min(base + 1.9, base + 0.4 * Math.log10(1 + actor.handled));
};

export const groupRadius = (count: number): number => Math.min(60, 3.5 + 1.6 * Math.sqrt(count));

export function sceneOf(snapshot: Snapshot, rates: Rates, view: View, memory: Memory, islandNames: string[], ghosts: readonly Actor[]): Scene {
  const { layout, affinity } = memory;
  const beside = affinity.of(snapshot);
  const inhabited = inhabitedShards(snapshot.actors);
  const isDrawn = (each: Actor): boolean => each.kind !== "shard" || inhabited.has(each.id) || each.mailbox > 0 || view.revealed.has(each.id);
  const shown = snapshot.actors.filter((each) => !view.hiddenKinds.has(each.kind) && !view.hiddenNodes.has(each.node) && isDrawn(each));
  const detail = view.detail === "auto" ? detailFor(snapshot, shown, beside) : view.detail;
  const scene: Scene = {
    dots: new Map(), links: new Map(), islands: [], detail,
    dotOfActor: new Map(), dotOfEntity: new Map(), actors: new Map(snapshot.actors.map((each) => [each.id, each])), groups: new Map(),
  };
  const wanted: Wanted[] = [];
  const alone: Actor[] = [];
  for (const actor of shown) {
    if (actor.kind === "shard" || isInfrastructure(actor.kind) || detail === "actors") {
      alone.push(actor);
      continue;
    }
    const cluster = detail === "conversations" ? (beside.get(actor.id) ?? `kind:${actor.kind}`) : `kind:${actor.kind}`;
    const key = groupKey(actor.node, cluster);
    const group = scene.groups.get(key);
    if (group) group.push(actor);
    else scene.groups.set(key, [actor]);
  }
  for (const [key, members] of scene.groups) {
    const cluster = key.slice(key.indexOf("|") + 1);
    let inside = members;
    if (members.length === 1) {
      alone.push(members[0]!);
      scene.groups.delete(key);
      continue;
    }
    if (view.opened.has(key)) {
      const most = [...members].sort((a, b) => b.handled - a.handled || (a.id < b.id ? -1 : 1));
      alone.push(...most.slice(0, OPEN_MOST));
      inside = most.slice(OPEN_MOST);
    } else {
      alone.push(...members.filter((each) => view.revealed.has(each.id)));
      inside = members.filter((each) => !view.revealed.has(each.id));
    }
    scene.groups.set(key, inside);
    if (inside.length > 0) addGroup(scene, wanted, key, members[0]!.node, cluster, inside, inside.length);
  }
  for (const actor of alone) addActor(scene, wanted, actor, beside.get(actor.id), view);
  if (detail === "actors")
    for (const actor of ghosts)
      if (!view.hiddenKinds.has(actor.kind) && !view.hiddenNodes.has(actor.node) && !scene.dots.has(actor.id))
        addActor(scene, wanted, actor, affinity.known(actor), view, true);
  addWhoWasNotSent(scene, wanted, snapshot, view);
  const { at, islands, stretch, shard } = layout.arrange(islandNames.filter((name) => !view.hiddenNodes.has(name)), wanted);
  scene.islands = islands;
  for (const dot of scene.dots.values()) {
    const place = at.get(dot.key);
    if (!place) scene.dots.delete(dot.key);
    else {
      Object.assign(dot, { x: place.x, y: place.y });
      dot.r = dot.kind === "shard" ? shard : dot.r * stretch;
    }
  }
  linkEntities(scene);
  if (view.graph === "flows") addFlows(scene, snapshot, rates);
  else addEdges(scene, snapshot, rates);
  return scene;
}

/** `isGhost`: it was there in a snapshot before, and is drawn as what came from there. */
function addActor(scene: Scene, wanted: Wanted[], actor: Actor, beside: string | undefined, view: View, isGhost = false): void {
  const look = lookOf(actor.kind);
  const isCentre = actor.kind === "conversation" && actor.entity !== null && beside === actor.entity;
  const role = actor.kind === "shard" ? "coast" : isInfrastructure(actor.kind) ? "core" : isCentre ? "centre" : "member";
  const cluster = role === "core" ? "core" : (beside ?? `kind:${actor.kind}`);
  const key = isGhost ? ghostKey(actor.id) : actor.id;
  scene.dots.set(key, {
    key, is: "actor", node: actor.node, kind: actor.kind, x: 0, y: 0, r: actorRadius(actor),
    shape: look.shape, letter: look.letter, label: `${look.letter} ${labelOf(actor)}`, heat: isGhost ? undefined : heatOf(actor.mailbox),
    stands: isGhost ? "ghost" : view.graph === "flows" && (role === "coast" || role === "core") ? "back" : "forth", count: 1, cluster,
  });
  if (!isGhost) scene.dotOfActor.set(actor.id, actor.id);
  // Several actors of one kind and entity (devices of a person) have places of their own.
  const same = role === "core" || actor.entity === null || actor.kind === "session" ? `${actor.kind} ${actor.entity ?? ""} ${actor.id}` : `${actor.kind} ${actor.entity}`;
  wanted.push({ key, island: actor.node, cluster, role, same, ...(actor.shard === null ? {} : { shard: actor.shard }) });
}

function addGroup(scene: Scene, wanted: Wanted[], key: string, node: string, cluster: string, inside: Actor[], count: number): void {
  const kind = cluster.startsWith("kind:") ? cluster.slice(5) : "conversation";
  const look = lookOf(kind);
  const r = groupRadius(count);
  let mailbox = 0;
  for (const each of inside) {
    scene.dotOfActor.set(each.id, key);
    mailbox = Math.max(mailbox, each.mailbox);
  }
  const label = cluster.startsWith("kind:") ? `${count.toLocaleString("en")} × ${kind}` : `${shortEntity(cluster)} (${count.toLocaleString("en")})`;
  scene.dots.set(key, { key, is: "group", node, kind, x: 0, y: 0, r, shape: look.shape, letter: look.letter, label, heat: heatOf(mailbox), stands: "forth", count, cluster });
  wanted.push({ key, island: node, cluster, role: "group", same: key, r });
}

/** A node tells how many actors of each kind it has, also when it does not send all of them. */
function addWhoWasNotSent(scene: Scene, wanted: Wanted[], snapshot: Snapshot, view: View): void {
  const sent = new Map<string, number>();
  for (const { node, kind } of snapshot.actors) sent.set(`${node}>${kind}`, (sent.get(`${node}>${kind}`) ?? 0) + 1);
  const lacking = new Set(snapshot.nodes.filter((each) => each.actors_shown < each.actors).map((each) => each.name));
  for (const { node, kind, alive } of snapshot.kinds) {
    const rest = alive - (sent.get(`${node}>${kind}`) ?? 0);
    if (rest <= 0 || !lacking.has(node) || view.hiddenKinds.has(kind) || view.hiddenNodes.has(node) || kind === "shard" || isInfrastructure(kind)) continue;
    const cluster = `kind:${kind}`;
    const key = groupKey(node, cluster);
    const dot = scene.dots.get(key);
    if (!dot) {
      addGroup(scene, wanted, key, node, cluster, scene.groups.get(key) ?? [], rest);
      continue;
    }
    dot.count += rest;
    dot.r = groupRadius(dot.count);
    dot.label = `${dot.count.toLocaleString("en")} × ${kind}`;
    wanted.find((each) => each.key === key)!.r = dot.r;
  }
}

/** Where a person sits at a session, by node. */
const seatKey = (person: string, node: string): string => `${person}@${node}`;

/** An entity is shown by its own actor; a person where they sit, at a session on that node, else at any, else by the user's. */
function linkEntities(scene: Scene): void {
  const seated = new Set<string>();
  for (const [id, key] of scene.dotOfActor) {
    const { kind, entity, person, node } = scene.actors.get(id)!;
    if (!scene.dots.has(key)) continue;
    if (kind === "session") {
      if (person !== undefined) {
        scene.dotOfEntity.set(seatKey(person, node), key);
        if (!seated.has(person)) scene.dotOfEntity.set(person, key);
        seated.add(person);
      }
      if (entity !== null) scene.dotOfEntity.set(entity, key);
    } else if (entity !== null && !seated.has(entity)) scene.dotOfEntity.set(entity, key);
  }
}

function addLink(scene: Scene, from: string | undefined, to: string | undefined, rate: number, count: number): void {
  if (from === undefined || to === undefined || from === to) return;
  const [source, target] = [scene.dots.get(from), scene.dots.get(to)];
  if (!source || !target) return;
  const key = `${from}>${to}`;
  const link = scene.links.get(key);
  if (link) {
    link.rate += rate;
    link.count += count;
  } else scene.links.set(key, { key, from, to, rate, count, crossesNodes: source.node !== target.node });
}

const restOf = (scene: Scene, node: string, kind: string): string | undefined => {
  const key = groupKey(node, `kind:${kind}`);
  return scene.dots.has(key) ? key : undefined;
};

function addFlows(scene: Scene, snapshot: Snapshot, rates: Rates): void {
  const dotOf = (entity: string, node: string | undefined): string | undefined =>
    (node ? scene.dotOfEntity.get(seatKey(entity, node)) : undefined) ??
    scene.dotOfEntity.get(entity) ?? (node ? restOf(scene, node, entityKind(entity) === "person" ? "user" : entityKind(entity)) : undefined);
  for (const flow of snapshot.flows)
    addLink(scene, dotOf(flow.from, flow.node), dotOf(flow.to, flow.node), rates.flows.get(flowKey(flow)) ?? 0, flow.count);
}

function addEdges(scene: Scene, snapshot: Snapshot, rates: Rates): void {
  // An actor that was not sent is most likely one of the kind of which most were not.
  const rest = new Map<string, string>();
  for (const dot of scene.dots.values()) if (dot.is === "group" && dot.cluster.startsWith("kind:") && !rest.has(dot.node)) rest.set(dot.node, dot.key);
  const dotOf = (id: string): string | undefined => scene.dotOfActor.get(id) ?? (scene.actors.has(id) ? undefined : rest.get(nodeOf(id)));
  for (const edge of snapshot.edges) addLink(scene, dotOf(edge.from), dotOf(edge.to), rates.edges.get(edgeKey(edge)) ?? 0, edge.count);
}
