import type { ComponentChildren } from "preact";
import type { Model } from "../model/model";
import { labelOf } from "../model/scene";
import type { Actor } from "../model/snapshot";
import type { Stage } from "../stage/stage";
import { Mark } from "./bits";

/** Name, value, and what the value means when somebody points at it. */
export type Row = readonly [string, ComponentChildren, string?];

export function Numbers({ rows }: { rows: readonly Row[] }) {
  return (
    <dl class="numbers">
      {rows.map(([name, value, says]) => (
        <div key={name} title={says}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** An actor as a button that selects it and brings it into view. */
export function ActorLink({ model, actor, stage }: { model: Model; actor: Actor; stage: () => Stage | undefined }) {
  return (
    <button
      type="button"
      class="actor-link"
      title={`${actor.kind} ${actor.id}${actor.entity ? `, ${actor.entity}` : ""}`}
      onClick={() => {
        model.selectActor(actor.id);
        const dot = model.shown?.scene.dots.get(actor.id);
        if (dot) stage()?.goTo(dot, 0.04);
      }}
    >
      <Mark kind={actor.kind} /> <span>{labelOf(actor)}</span>
    </button>
  );
}

/** A table with the first column as row headers; numbers stand to the right. */
export function Table({ head, rows, caption }: { caption: string; head: readonly string[]; rows: readonly (readonly ComponentChildren[])[] }) {
  return (
    <table>
      <caption class="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {head.map((each) => (
            <th key={each} scope="col">
              {each}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, at) => (
          <tr key={at}>
            {row.map((cell, column) =>
              column === 0 ? (
                <th key={column} scope="row">
                  {cell}
                </th>
              ) : (
                <td key={column}>{cell}</td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
