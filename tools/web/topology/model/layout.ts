// Where everything stands. The same entity on the same node has the same place for as long as the page is open, whatever
// comes and goes around it, and in whichever order a recording is looked at.
import { Packing, sunflower, type Place } from "./packing";

/** World units between two actors that stand beside each other. */
export const SPACING = 10;
const pitch = SPACING * 0.6; // of the sunflower that has this spacing
const centreTakes = 1.5; // places that a conversation in the middle takes
const innerLeast = 38;
const innerLeastWithCoast = 112;
const stretchMost = 2.9;
const coastRows = 4;
const coastPitchLeast = 4.6;
const forgetAfter = 40; // drawings that something has been away for
const densityLeast = 0.65; // of what it was when the island was laid out; below, it is laid out anew
const layoutLasts = 6; // drawings

/** Something that wants a place on an island. */
export interface Wanted {
  key: string;
  island: string;
  /** Those of a cluster stand together, around its centre if there is one. */
  cluster: string;
  role: "centre" | "member" | "core" | "coast" | "group";
  /** What keeps its place when the actor is another: an entity. */
  same: string;
  shard?: number;
  /** Radius of a group. */
  r?: number;
}

export interface IslandPlace {
  name: string;
  x: number;
  y: number;
  r: number;
}

interface Cluster {
  place: Place;
  /** Whether there is room for a conversation in the middle. */
  hasCentre: boolean;
  capacity: number;
  slots: Map<string, number>;
  free: number[];
  seen: number;
}

interface Island {
  packing: Packing;
  clusters: Map<string, Cluster>;
  /** The drawing that it was laid out in. */
  since: number;
  /** Its density then. */
  fresh: number;
}

const quantised = (value: number): number => 1.15 ** Math.ceil(Math.log(value) / Math.log(1.15));
/** From the middle of a cluster; one alone stands there, several around it. */
const firstOf = (capacity: number, hasCentre: boolean): number => (hasCentre ? centreTakes : capacity === 1 ? 0 : 0.6);
const radiusFor = (capacity: number, hasCentre: boolean): number =>
  capacity === 0 ? SPACING * 0.6 : pitch * Math.sqrt(capacity - 1 + firstOf(capacity, hasCentre)) + SPACING * 0.46;

export class Layout {
  #islands = new Map<string, Island>();
  #drawing = 0;
  #inner = 0;

  /**
   * Places for all of `wanted`, in world units, and the islands they are on, in the order of `names`; by how much what
   * is on them is larger than its own size, and the radius of a shard.
   */
  arrange(names: string[], wanted: Wanted[]): { at: Map<string, { x: number; y: number }>; islands: IslandPlace[]; stretch: number; shard: number } {
    ++this.#drawing;
    const local = new Map<string, { x: number; y: number }>();
    let extent = 0;
    const byIsland = new Map<string, Wanted[]>(names.map((name) => [name, []]));
    for (const each of wanted) byIsland.get(each.island)?.push(each);
    for (const [name, list] of byIsland) {
      this.#arrangeIsland(name, list, local);
      extent = Math.max(extent, this.#islands.get(name)!.packing.extent());
    }
    const hasCoast = wanted.some((each) => each.role === "coast");
    const needed = Math.max(innerLeast, quantised(extent * 1.04));
    // All islands are alike, and shrink only when they are far too large.
    const inner = Math.max(needed, hasCoast ? innerLeastWithCoast : 0);
    if (inner > this.#inner || inner < this.#inner * 0.7) this.#inner = inner;
    const stretch = Math.max(1, Math.min(stretchMost, this.#inner / needed));
    const coastPitch = Math.max(coastPitchLeast, this.#inner * 0.026);
    const r = this.#inner + (hasCoast ? coastRows * coastPitch + 8 : 6);
    const islands = names.map((name, at) => ({ name, r, ...islandAt(at, names.length, r) }));
    const placed = new Map(islands.map((each) => [each.name, each]));
    const at = new Map<string, { x: number; y: number }>();
    for (const each of wanted) {
      const island = placed.get(each.island);
      if (!island) continue;
      if (each.role === "coast") {
        const angle = Math.PI / 2 - ((each.shard ?? 0) / 1024) * 2 * Math.PI;
        const from = this.#inner + 5 + ((each.shard ?? 0) % coastRows) * coastPitch;
        at.set(each.key, { x: island.x + from * Math.cos(angle), y: island.y + from * Math.sin(angle) });
        continue;
      }
      const here = local.get(each.key)!;
      at.set(each.key, { x: island.x + here.x * stretch, y: island.y + here.y * stretch });
    }
    // The fewer there are, the larger they may be.
    const coast = wanted.reduce((count, each) => count + Number(each.role === "coast"), 0) / Math.max(1, names.length);
    return { at, islands, stretch, shard: coastPitch * Math.max(0.36, Math.min(0.75, 0.36 * Math.sqrt(400 / Math.max(1, coast)))) };
  }

  #arrangeIsland(name: string, list: Wanted[], local: Map<string, { x: number; y: number }>): void {
    let island = this.#islands.get(name);
    if (!island) this.#islands.set(name, (island = { packing: new Packing(), clusters: new Map(), since: this.#drawing, fresh: 1 }));
    const clusters = new Map<string, Wanted[]>();
    for (const each of list) {
      if (each.role === "coast") continue;
      const of = each.role === "group" ? `group ${each.cluster}` : each.cluster;
      const members = clusters.get(of);
      if (members) members.push(each);
      else clusters.set(of, [each]);
    }
    // The machinery stands in the middle, and large clusters around it.
    const order = [...clusters].sort(
      ([a, x], [b, y]) => Number(y[0]!.role === "core") - Number(x[0]!.role === "core") || y.length - x.length || (a < b ? -1 : 1),
    );
    // Much of it is away for good: what is left moves together, once.
    if (this.#drawing - island.since >= layoutLasts && density(island, this.#drawing - 1) < island.fresh * densityLeast) {
      island.packing = new Packing();
      island.clusters.clear();
      island.since = this.#drawing;
    }
    for (const [key, members] of order) {
      const known = island.clusters.get(key);
      if (!known || members.some((each) => !known.slots.has(each.same))) members.sort((a, b) => (a.same < b.same ? -1 : a.same > b.same ? 1 : 0));
      const cluster = this.#clusterFor(island, key, members);
      for (const each of members) {
        if (each.role === "centre" || each.role === "group") {
          local.set(each.key, cluster.place);
          continue;
        }
        const slot = slotOf(cluster, each.same);
        const from = each.role === "core" ? sunflower(slot + 0.5, pitch) : sunflower(slot + firstOf(cluster.capacity, cluster.hasCentre), pitch);
        local.set(each.key, { x: cluster.place.x + from.x, y: cluster.place.y + from.y });
      }
    }
    for (const [key, cluster] of island.clusters)
      if (this.#drawing - cluster.seen > forgetAfter) {
        island.packing.free(cluster.place);
        island.clusters.delete(key);
      }
    if (island.since === this.#drawing) island.fresh = density(island, this.#drawing);
  }

  #clusterFor(island: Island, key: string, members: Wanted[]): Cluster {
    let cluster = island.clusters.get(key);
    const first = members[0]!;
    let capacity = members.filter((each) => each.role !== "centre" && each.role !== "group").length;
    // A conversation that slept and woke up finds its people where they were.
    const hasCentre = cluster?.hasCentre || members.some((each) => each.role === "centre");
    let r = first.role === "group" ? quantised(first.r! + SPACING * 0.3) : radiusFor(capacity, hasCentre);
    if (cluster) {
      const wants = new Set(members.filter((each) => each.role !== "centre").map((each) => each.same));
      let missing = 0;
      for (const same of wants) if (!cluster.slots.has(same)) ++missing;
      // Places of those who left are given away only when somebody needs them.
      if (cluster.slots.size + missing > cluster.capacity)
        for (const [same, slot] of cluster.slots)
          if (!wants.has(same)) {
            cluster.slots.delete(same);
            cluster.free.push(slot);
          }
      cluster.free.sort((a, b) => b - a);
    }
    if (!cluster || capacity > cluster.capacity || hasCentre !== cluster.hasCentre || (first.role === "group" && r > cluster.place.r)) {
      const slots = cluster?.slots ?? new Map<string, number>();
      const free = cluster?.free ?? [];
      if (cluster) {
        island.packing.free(cluster.place);
        capacity = Math.ceil(capacity * 1.3) + 1; // it grows: room for more of it
        if (first.role !== "group") r = radiusFor(capacity, hasCentre);
      }
      if (first.role === "core") {
        capacity = Math.max(capacity, 16);
        r = pitch * Math.sqrt(capacity + 0.5) + SPACING * 0.6;
      }
      cluster = { place: island.packing.take(r), hasCentre, capacity, slots, free, seen: this.#drawing };
      island.clusters.set(key, cluster);
    }
    cluster.seen = this.#drawing;
    return cluster;
  }
}

/** The part of an island's disc that is taken by clusters seen in this drawing or later; 1 where there is room anyway. */
function density({ packing, clusters }: Island, drawing: number): number {
  const extent = packing.extent();
  if (extent < innerLeastWithCoast) return 1;
  let taken = 0;
  for (const { seen, place } of clusters.values()) if (seen >= drawing) taken += place.r ** 2;
  return taken / extent ** 2;
}

function slotOf(cluster: Cluster, same: string): number {
  let slot = cluster.slots.get(same);
  if (slot === undefined) {
    slot = cluster.free.pop() ?? cluster.slots.size;
    cluster.slots.set(same, slot);
  }
  return slot;
}

/** Centres of `count` discs of this radius, side by side or in a ring, with room for their titles. */
function islandAt(at: number, count: number, r: number): { x: number; y: number } {
  if (count === 1) return { x: 0, y: 0 };
  if (count === 2) return { x: (at - 0.5) * r * 2.25, y: 0 };
  const ring = (r * 1.14) / Math.sin(Math.PI / count);
  const angle = Math.PI / 2 + Math.PI / count - (at * 2 * Math.PI) / count;
  return { x: ring * Math.cos(angle), y: ring * Math.sin(angle) };
}
