import { useEffect } from "preact/hooks";
import type { Model } from "../model/model";
import { IconButton } from "./bits";
import { ago, clock } from "./words";

const speeds = [0.25, 1, 2, 5, 10, 50];

/** Time: the last minutes that the page has seen, or a recording. */
export function TimelineBar({ model }: { model: Model }) {
  const { moments } = model.timeline;
  const { index, recording } = model;
  const moment = moments[index];
  const isLive = !recording && model.at === undefined;
  const isPlaying = !model.isPaused && (recording !== undefined || model.at !== undefined);
  useEffect(() => {
    const next = moments[index + 1];
    if (!isPlaying || !moment) return undefined;
    if (!next) {
      if (recording) {
        model.isPaused = true;
        model.changed();
      } else goLive(model);
      return undefined;
    }
    const wait = Math.max(30, Math.min(5000, (next.at - moment.at) / model.speed));
    const timer = setTimeout(() => void model.goTo(index + 1), wait);
    return () => clearTimeout(timer);
  }, [isPlaying, index, moments.length, model.speed, recording]);
  if (!moment) return <footer class="timeline" />;
  const last = moments.at(-1)!.at;
  const place = (at: number): string => `${(100 * at) / Math.max(1, moments.length - 1)}%`;
  const label = recording ? `${clock(moment.at)}, ${index + 1} of ${moments.length}` : isLive ? `${clock(moment.at)}, live` : `${clock(moment.at)}, ${ago(last - moment.at)}`;
  return (
    <footer class="timeline">
      <IconButton
        icon={isLive || isPlaying ? "pause" : "play"}
        name={isLive || isPlaying ? "Pause" : "Play"}
        keys="space"
        onClick={() => togglePause(model)}
      />
      <IconButton icon="back" name="One snapshot back" keys="[" disabled={index <= 0} onClick={() => step(model, -1)} />
      <IconButton icon="next" name="One snapshot on" keys="]" disabled={index >= moments.length - 1} onClick={() => step(model, 1)} />
      <span class={`now ${isLive ? "live" : ""}`} aria-live="off">
        {label}
      </span>
      <span class="track">
        <input
          type="range"
          aria-label="Time"
          aria-valuetext={label}
          min={0}
          max={Math.max(1, moments.length - 1)}
          step={1}
          value={index}
          disabled={moments.length < 2}
          onInput={(event) => {
            model.isPaused = true;
            void model.goTo(Number(event.currentTarget.value));
          }}
        />
        <svg class="marks" aria-hidden="true">
          {moments.map((each, at) => (each.mark ? <line key={at} x1={place(at)} x2={place(at)} y1="0" y2="100%" /> : null))}
        </svg>
      </span>
      <select aria-label="Speed" value={model.speed} onChange={(event) => setSpeed(model, Number(event.currentTarget.value))}>
        {speeds.map((each) => (
          <option key={each} value={each}>
            {each}×
          </option>
        ))}
      </select>
      {recording ? (
        <button type="button" onClick={() => model.closeRecording()}>
          Close {recording.name}
        </button>
      ) : (
        <button type="button" disabled={isLive} onClick={() => goLive(model)}>
          Live
        </button>
      )}
      {moment.mark ? <strong class="mark-says">{moment.mark}</strong> : null}
    </footer>
  );
}

export function togglePause(model: Model): void {
  const atTheEnd = model.recording && model.index >= model.timeline.moments.length - 1;
  if (model.isPaused && atTheEnd) void model.goTo(0);
  if (!model.recording && model.at === undefined) {
    model.at = model.index; // this moment stays; what comes is kept for later
    model.isPaused = true;
  } else model.isPaused = !model.isPaused;
  model.changed();
}

export function goLive(model: Model): void {
  model.isPaused = false;
  void model.goTo(undefined);
}

export function step(model: Model, by: number): void {
  model.isPaused = true;
  void model.goTo(Math.max(0, Math.min(model.timeline.moments.length - 1, model.index + by)));
}

function setSpeed(model: Model, speed: number): void {
  model.speed = speed;
  model.changed();
}
