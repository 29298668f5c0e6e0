import { useRef } from "preact/hooks";
import type { Model } from "../model/model";
import type { View } from "../model/scene";
import { exportPicture, exportSnapshot } from "./export";
import type { Stage } from "../stage/stage";
import { Choice, IconButton, RecordingField } from "./bits";
import { toggleTraces } from "./panel";
import { Search } from "./search";

const details = [
  ["auto", "Detail: as fits"],
  ["actors", "Every actor"],
  ["conversations", "Grouped by conversation"],
  ["kinds", "Grouped by kind"],
] as const;

export function Toolbar({ model, stage, onHelp }: { model: Model; stage: () => Stage | undefined; onHelp: () => void }) {
  const file = useRef<HTMLInputElement>(null);
  const { shown, view } = model;
  return (
    <header class="toolbar">
      <h1>Topology</h1>
      <Choice
        name="Graph"
        value={view.graph}
        options={[["flows", "Flows"], ["messages", "Messages"]]}
        onChoose={(graph) => model.setView({ graph })}
      />
      <select
        aria-label="Level of detail"
        value={view.detail}
        onChange={(event) => model.setView({ detail: event.currentTarget.value as View["detail"], opened: new Set() })}
      >
        {details.map(([value, says]) => (
          <option key={value} value={value}>
            {says}
          </option>
        ))}
      </select>
      <Search model={model} stage={stage} />
      {model.recording ? null : (
        <label class="check" title="Ids and names instead of pseudonyms">
          <input type="checkbox" checked={model.names} onChange={(event) => model.setNames(event.currentTarget.checked)} /> Names
        </label>
      )}
      <span class="spring" />
      <IconButton icon="way" name="Traces" keys="t" pressed={model.traces.isOpen} onClick={() => toggleTraces(model)} />
      <IconButton icon="open" name="Open a recording or traces" keys="o" onClick={() => file.current?.click()} />
      <RecordingField model={model} field={file} />
      <IconButton icon="picture" name="Save the picture (PNG)" keys="e" disabled={!shown} onClick={() => exportPicture(model, stage())} />
      <IconButton icon="file" name="Save the snapshot (JSON)" keys="j" disabled={!shown} onClick={() => exportSnapshot(model)} />
      <IconButton icon="help" name="Keys and meanings" keys="?" onClick={onHelp} />
      {model.calls ? <IconButton icon="out" name="Sign out" onClick={() => model.signOut()} /> : null}
    </header>
  );
}
