import type { Picture, Report } from "./data";
import { layoutOf } from "./layout";
import { counted, whole } from "./words";

interface Drawn {
  key: string;
  x1: number;
  y1: number;
  x2: number;
  y2: number;
  crosses: boolean;
  count: number;
}

/** Both directions between the same two as one line. */
function linesOf(picture: Picture, layout: ReturnType<typeof layoutOf>): Drawn[] {
  const lines = new Map<string, Drawn>();
  for (const { from, to, count } of picture.links) {
    const key = from < to ? `${from} ${to}` : `${to} ${from}`;
    const known = lines.get(key);
    if (known) {
      known.count += count;
      continue;
    }
    const one = layout.spots.get(from);
    const other = layout.spots.get(to);
    if (one && other) lines.set(key, { key, x1: one.x, y1: one.y, x2: other.x, y2: other.y, crosses: one.entity.node !== other.entity.node, count });
  }
  return [...lines.values()].sort((a, b) => a.count - b.count);
}

function Graph({ picture, all, previous }: { picture: Picture; all: Picture[]; previous: Picture | undefined }) {
  const layout = layoutOf(picture, all, previous);
  const lines = linesOf(picture, layout);
  const most = Math.max(1, ...lines.map((line) => line.count));
  const total = lines.reduce((sum, line) => sum + line.count, 0) || 1;
  const crossing = lines.filter((line) => line.crosses).reduce((sum, line) => sum + line.count, 0);
  const spots = [...layout.spots.values()];
  const moved = spots.filter((spot) => spot.moved);
  const movedOf = (kind: string) => moved.filter((spot) => spot.entity.kind === kind).length;
  const about = `${layout.islands.filter((island) => island.state === "here").length} nodes, ${spots.filter((spot) => spot.entity.kind === "conversation").length} live groups, ${spots.filter((spot) => spot.entity.kind === "person").length} people, ${whole(lines.length)} lines`;
  return (
    <figure class="graph">
      <figcaption>
        <h3>{picture.label}</h3>
        <p>
          At {picture.at_s.toFixed(0)} s, traffic since {picture.since_s.toFixed(0)} s; {whole((100 * crossing) / total)} % of it between nodes.
          {previous && moved.length > 0 ? ` On another node than before: ${counted(movedOf("conversation"), "group", "groups")}, ${counted(movedOf("person"), "person", "people")}.` : ""}
        </p>
      </figcaption>
      <svg viewBox={layout.box} role="img" aria-label={`${picture.label}: ${about}`}>
        {layout.islands.map((island) => (
          <g class="island" data-state={island.state}>
            <circle cx={island.x} cy={island.y} r={island.radius} />
          </g>
        ))}
        {lines.map((line) => (
          <line
            key={line.key}
            class={line.crosses ? "crosses" : "within"}
            x1={line.x1}
            y1={line.y1}
            x2={line.x2}
            y2={line.y2}
            stroke-width={0.4 + 2.6 * Math.sqrt(line.count / most)}
            stroke-opacity={0.2 + 0.55 * Math.sqrt(line.count / most)}
          />
        ))}
        {spots.map((spot) => {
          const title = <title>{`${spot.entity.label} on ${spot.entity.node}`}</title>;
          return spot.entity.kind === "conversation" ? (
            <rect class={spot.moved ? "group moved" : "group"} x={spot.x - 4.5} y={spot.y - 4.5} width="9" height="9" rx="1.5">
              {title}
            </rect>
          ) : (
            <circle class={spot.moved ? "person moved" : "person"} cx={spot.x} cy={spot.y} r="3.2">
              {title}
            </circle>
          );
        })}
        {layout.islands.map((island) => (
          <g class="island" data-state={island.state}>
            <text x={island.x} y={island.y - island.radius - 8}>
              {island.name}
              {island.state === "gone" ? " (gone)" : ""}
            </text>
          </g>
        ))}
      </svg>
      {picture.links_all > picture.links.length ? <p class="note">The {whole(picture.links.length)} heaviest of {whole(picture.links_all)} flows are drawn.</p> : null}
    </figure>
  );
}

export function Graphs({ of }: { of: Report }) {
  if (of.graphs.length === 0) return <p class="nothing">The recording holds no snapshot.</p>;
  return (
    <>
      <div class="graphs">
        {of.graphs.map((picture, index) => (
          <Graph picture={picture} all={of.graphs} previous={of.graphs[index - 1]} />
        ))}
      </div>
      <ul class="legend">
        <li>
          <svg viewBox="0 0 12 12" aria-hidden="true"><rect class="group" x="1.5" y="1.5" width="9" height="9" rx="1.5" /></svg>
          a group, where its actor lives
        </li>
        <li>
          <svg viewBox="0 0 12 12" aria-hidden="true"><circle class="person" cx="6" cy="6" r="3.5" /></svg>
          somebody, where their session is
        </li>
        <li>
          <svg viewBox="0 0 12 12" aria-hidden="true"><circle class="person moved" cx="6" cy="6" r="3.5" /></svg>
          on another node than in the picture before
        </li>
        <li>
          <svg viewBox="0 0 24 12" aria-hidden="true"><line class="within" x1="0" y1="6" x2="24" y2="6" stroke-width="2" /></svg>
          messages and deliveries on one node
        </li>
        <li>
          <svg viewBox="0 0 24 12" aria-hidden="true"><line class="crosses" x1="0" y1="6" x2="24" y2="6" stroke-width="2" /></svg>
          between two nodes
        </li>
      </ul>
    </>
  );
}
