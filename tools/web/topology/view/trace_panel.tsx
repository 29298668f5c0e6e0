import type { Model } from "../model/model";
import { speeds } from "../model/trace_player";
import type { Step, Trace } from "../model/trace_steps";
import { IconButton, Mark, Section } from "./bits";
import { clock, counted, duration, whole } from "./words";

const samples = [
  [1, "every request"],
  [0.1, "1 in 10"],
  [0.01, "1 in 100"],
  [0.001, "1 in 1,000"],
] as const;

/** Traces: which are wanted, the newest of them, and the one that is played along the graph. */
export function TracePanel({ model }: { model: Model }) {
  const { traces } = model;
  return (
    <>
      {model.calls && !model.recording ? <Wanted model={model} /> : null}
      {traces.problem ? (
        <p class="problem" role="alert">
          {traces.problem}
        </p>
      ) : null}
      {traces.lost > 0 || traces.missing.length > 0 ? (
        <p class="hint" role="status">
          {traces.lost > 0 ? `${counted(traces.lost, "span")} lost: overwritten before they were asked for. ` : ""}
          {traces.missing.map(({ node, why }) => `Without the spans of ${node}: ${why}. `).join("")}
        </p>
      ) : null}
      {traces.chosen ? <Playing model={model} trace={traces.chosen} /> : <Newest model={model} />}
    </>
  );
}

function Wanted({ model }: { model: Model }) {
  const { traces } = model;
  return (
    <form
      class="trace-wish"
      onSubmit={(event) => {
        event.preventDefault();
        if (traces.isSampling) traces.stop();
        else if (model.calls) void traces.start(model.calls, model.names);
      }}
    >
      <label>
        Conversation
        <input
          type="text"
          value={traces.conversation}
          placeholder="id; empty: any"
          disabled={traces.isSampling}
          onInput={(event) => {
            traces.conversation = event.currentTarget.value.trim();
          }}
        />
      </label>
      <label>
        Trace
        <select
          value={String(traces.sample)}
          disabled={traces.isSampling}
          onChange={(event) => {
            traces.sample = Number(event.currentTarget.value);
          }}
        >
          {samples.map(([part, says]) => (
            <option key={part} value={String(part)}>
              {says}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class={traces.isSampling ? "" : "primary"}>
        {traces.isSampling ? "Stop tracing" : "Trace"}
      </button>
    </form>
  );
}

function Newest({ model }: { model: Model }) {
  const { traces } = model.traces;
  if (traces.length === 0)
    return <p class="hint">{model.traces.isSampling ? "Waiting for somebody to write…" : "A trace is the way of one request through all actors. Choose which, or open a file of parley trace."}</p>;
  return (
    <ul class="trace-list" aria-label="Newest traces">
      {traces.map((each) => (
        <li key={each.id}>
          <button type="button" onClick={() => model.traces.choose(each)}>
            <span>{clock(each.began)}</span> <strong>{each.op}</strong> <span class="number">{each.latency === undefined ? "no reply" : nanoseconds(each.latency)}</span>
            <small>
              {counted(each.spans, "hop")}, {each.nodes.join(", ")}
            </small>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Nanoseconds as the other numbers of the page are written. */
const nanoseconds = (ns: number): string => duration(ns / 1000);

function Playing({ model, trace }: { model: Model; trace: Trace }) {
  const { traces } = model;
  const at = trace.steps[traces.step];
  return (
    <section aria-label="Trace">
      <p class="trace-title">
        <strong>{trace.op}</strong> {clock(trace.began)}, {trace.latency === undefined ? "no reply" : nanoseconds(trace.latency)}, {counted(trace.spans, "hop")} on {trace.nodes.join(", ")}
      </p>
      {trace.orphans > 0 ? <p class="hint">{counted(trace.orphans, "hop")} came without what caused them.</p> : null}
      <div class="trace-controls">
        <IconButton icon={traces.isPlaying ? "pause" : "play"} name={traces.isPlaying ? "Pause the trace" : "Play the trace"} keys="space" onClick={() => traces.toggle()} />
        <IconButton icon="back" name="One step back" keys="[" disabled={traces.step <= 0} onClick={() => traces.stepBy(-1)} />
        <IconButton icon="next" name="One step on" keys="]" disabled={traces.step >= trace.steps.length - 1} onClick={() => traces.stepBy(1)} />
        <select aria-label="Speed of the trace" value={String(traces.speed)} onChange={(event) => traces.setSpeed(Number(event.currentTarget.value))}>
          {speeds.map((each) => (
            <option key={each} value={String(each)}>
              {each}×
            </option>
          ))}
        </select>
        <button type="button" onClick={() => traces.choose(undefined)}>
          All traces
        </button>
      </div>
      <p class="visually-hidden" aria-live="polite">
        {at && !traces.isPlaying ? `Step ${traces.step + 1} of ${trace.steps.length}: ${says(at)}` : ""}
      </p>
      <Section title={`${whole(trace.steps.length)} steps`}>
        <ol class="trace-steps">
          {trace.steps.map((each, index) => (
            <li key={index} class={index === traces.step ? "lit" : index < traces.step ? "past" : ""} aria-current={index === traces.step ? "step" : undefined}>
              <button
                type="button"
                onClick={() => {
                  traces.pause();
                  traces.goTo(index);
                }}
              >
                <Mark kind={each.kind} />
                <span>
                  {each.isCritical ? <abbr title="The answer waited for it">✱</abbr> : null} {each.hops.length > 1 ? `${whole(each.hops.length)} × ` : ""}
                  {each.name}
                  <small>
                    {each.kind} on {each.node}
                  </small>
                </span>
                <span class="number">
                  {nanoseconds(Math.max(0, each.at))}
                  <small>
                    {nanoseconds(each.waited)} + {nanoseconds(each.took)}
                  </small>
                </span>
              </button>
            </li>
          ))}
        </ol>
        <p class="hint">When it began; below, waited + took (in the middle, of several). ✱ what the answer waited for.</p>
      </Section>
    </section>
  );
}

const says = (step: Step): string =>
  `${step.hops.length > 1 ? `${step.hops.length} times ` : ""}${step.name}, ${step.kind} on ${step.node}, after ${nanoseconds(Math.max(0, step.at))}`;
