import type { Entity, Picture } from "./data";

/** Where things are drawn: nodes are discs on a ring, conversations on an inner ring of their disc, people on an outer. */
export interface Island {
  name: string;
  x: number;
  y: number;
  radius: number;
  state: "here" | "gone";
}
export interface Spot {
  entity: Entity;
  x: number;
  y: number;
  moved: boolean;
}
export interface Layout {
  /** Of the drawing: everything is in it. */
  box: string;
  islands: Island[];
  spots: Map<string, Spot>;
}

const radius = 100;
/** Between two islands: room for a name. */
const strait = 34;

/** `person-7` is the seventh. */
const numberOf = (label: string): number => Number(/(\d+)$/.exec(label)?.[1] ?? 0);

function ring(entities: Entity[], island: Island, part: number, previous: Map<string, string>, into: Map<string, Spot>): void {
  const sorted = [...entities].sort((one, other) => numberOf(one.label) - numberOf(other.label) || (one.id < other.id ? -1 : 1));
  // More than fit side by side take a second row.
  const room = Math.max(1, Math.floor((2 * Math.PI * island.radius * part) / 9));
  sorted.forEach((entity, index) => {
    const row = Math.floor(index / room);
    const inRow = Math.min(room, sorted.length - row * room);
    const angle = (2 * Math.PI * (index % room)) / inRow - Math.PI / 2 + row * 0.1;
    const distance = sorted.length === 1 && part < 0.6 ? 0 : island.radius * Math.max(0.08, part - row * 0.1);
    const before = previous.get(entity.id);
    into.set(entity.id, {
      entity,
      x: island.x + distance * Math.cos(angle),
      y: island.y + distance * Math.sin(angle),
      moved: before !== undefined && before !== entity.node,
    });
  });
}

/** Of one picture; all pictures of a report have the same islands at the same places. */
export function layoutOf(picture: Picture, all: Picture[], previous?: Picture): Layout {
  const names = [...new Set(all.flatMap((each) => each.nodes.map((node) => node.name)))].sort();
  const orbit = names.length === 1 ? 0 : (radius + strait / 2) / Math.sin(Math.PI / names.length);
  // Two stand side by side, more on a ring that begins at the top.
  const begin = names.length === 2 ? Math.PI : -Math.PI / 2;
  const islands = names.map((name, index): Island => {
    const angle = begin + (2 * Math.PI * index) / names.length;
    const found = picture.nodes.find((node) => node.name === name);
    return { name, x: orbit * Math.cos(angle), y: orbit * Math.sin(angle), radius, state: found && !found.missing ? "here" : "gone" };
  });
  const spots = new Map<string, Spot>();
  const before = new Map(previous?.entities.map((entity) => [entity.id, entity.node]));
  for (const island of islands) {
    const here = picture.entities.filter((entity) => entity.node === island.name);
    ring(here.filter((entity) => entity.kind === "conversation"), island, 0.42, before, spots);
    ring(here.filter((entity) => entity.kind === "person"), island, 0.86, before, spots);
  }
  const xs = islands.map((island) => island.x);
  const ys = islands.map((island) => island.y);
  const [left, top] = [Math.min(...xs) - radius - 6, Math.min(...ys) - radius - 26];
  return { box: `${left} ${top} ${Math.max(...xs) + radius + 6 - left} ${Math.max(...ys) + radius + 6 - top}`, islands, spots };
}
