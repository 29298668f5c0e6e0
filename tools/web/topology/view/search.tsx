import { useState } from "preact/hooks";
import { search, type Found } from "../model/find";
import type { Model } from "../model/model";
import type { Stage } from "../stage/stage";
import { Mark } from "./bits";

/** Finds actors by id, kind, entity or name; a list to choose from, by mouse or arrows. */
export function Search({ model, stage }: { model: Model; stage: () => Stage | undefined }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [isOpen, setOpen] = useState(false);
  const found = isOpen && model.shown ? search(model.shown.snapshot, text, 12) : [];
  const choose = (one: Found | undefined): void => {
    if (!one) return;
    setOpen(false);
    // So that keys mean again what they mean on the picture, and `/` begins the next search.
    document.getElementById("graph")?.focus();
    if (one.is === "node") {
      model.select({ is: "island", name: one.node });
      const island = model.shown?.scene.islands.find((each) => each.name === one.node);
      if (island) stage()?.goTo(island, 0.8);
      return;
    }
    model.selectActor(one.actor.id);
    const dot = model.shown?.scene.dots.get(one.actor.id);
    if (dot) stage()?.goTo(dot, 0.04);
  };
  return (
    <div class="search">
      <input
        id="search"
        type="text"
        role="combobox"
        aria-label="Search by id, kind, entity or name"
        aria-expanded={found.length > 0}
        aria-controls="found"
        aria-activedescendant={found.length > 0 ? `found-${at}` : undefined}
        placeholder="Search: id, kind, entity  /"
        autocomplete="off"
        value={text}
        onFocus={(event) => {
          event.currentTarget.select();
          setOpen(true);
        }}
        onBlur={() => setOpen(false)}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
          setOpen(true);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            setAt((now) => (found.length === 0 ? 0 : (now + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length));
          } else if (event.key === "Enter") choose(found[at]);
          else if (event.key === "Escape") {
            setOpen(false);
            document.getElementById("graph")?.focus();
          }
        }}
      />
      <ul id="found" role="listbox" aria-label="Found" hidden={found.length === 0}>
        {found.map((each, index) => (
          <li
            key={each.is === "node" ? each.node : each.actor.id}
            id={`found-${index}`}
            role="option"
            aria-selected={index === at}
            onMouseDown={(event) => {
              event.preventDefault();
              choose(each);
            }}
          >
            {each.is === "node" ? (
              <>
                <b>{each.node}</b> <small>node</small>
              </>
            ) : (
              <>
                <Mark kind={each.actor.kind} /> {each.actor.name ?? each.actor.entity ?? each.actor.kind}{" "}
                <small>
                  {each.actor.kind} {each.actor.id}
                </small>
              </>
            )}
          </li>
        ))}
      </ul>
      {isOpen && text.trim() !== "" && found.length === 0 ? <p class="nothing-found">Nothing with all of these words.</p> : null}
    </div>
  );
}
