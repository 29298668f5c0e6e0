import { heats, kindOrder, lookOf } from "../model/kinds";
import type { Model } from "../model/model";
import { Mark } from "./bits";
import { whole } from "./words";

/** What the shapes, colours, sizes and lines mean; a kind's box takes it out of the picture. */
export function Legend({ model }: { model: Model }) {
  const shown = model.shown!;
  const alive = new Map<string, number>();
  for (const { kind, alive: here } of shown.snapshot.kinds) alive.set(kind, (alive.get(kind) ?? 0) + here);
  for (const { kind } of shown.snapshot.actors) if (!alive.has(kind)) alive.set(kind, 0);
  const { hiddenKinds } = model.view;
  const toggle = (kind: string): void => {
    const hidden = new Set(hiddenKinds);
    if (!hidden.delete(kind)) hidden.add(kind);
    model.setView({ hiddenKinds: hidden });
  };
  return (
    <details class="legend" open>
      <summary>Legend and filter</summary>
      <ul>
        {[...alive.keys()].sort(kindOrder).map((kind) => (
          <li key={kind}>
            <label title={lookOf(kind).says}>
              <input type="checkbox" checked={!hiddenKinds.has(kind)} onChange={() => toggle(kind)} />
              <Mark kind={kind} />
              <span class="letter" aria-hidden="true">
                {lookOf(kind).letter}
              </span>
              <span class="kind">{kind}</span>
              <span class="number">{whole(alive.get(kind)!)}</span>
            </label>
          </li>
        ))}
      </ul>
      <p>
        <b>Size</b> messages handled · <b>Ring</b> messages waiting:
      </p>
      <p class="heats">
        {heats.map((each) => (
          <span key={each.from}>
            <svg viewBox="0 0 16 16" class="mark" aria-hidden="true">
              <circle class="on-light" cx="8" cy="8" r={7.5 - each.width * 3.5} fill="none" stroke={each.colours[0]} stroke-width={each.width * 7} />
              <circle class="on-dark" cx="8" cy="8" r={7.5 - each.width * 3.5} fill="none" stroke={each.colours[1]} stroke-width={each.width * 7} />
            </svg>
            {each.from}+
          </span>
        ))}
      </p>
      <p>
        <b>Line</b> thicker is more a second, with an arrow while busy · <span class="crossing">blue</span> between nodes
      </p>
      <p>
        <b>
          <span class="moved">Arc</span>
        </b>{" "}
        the same entity, now on another node
      </p>
    </details>
  );
}
