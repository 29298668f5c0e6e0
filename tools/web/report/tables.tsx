import type { Report, Way } from "./data";
import { bytes, duration, microseconds, short, whole } from "./words";

function Tile({ name, value, more, state }: { name: string; value: string; more?: string; state?: "good" | "bad" }) {
  return (
    <div class="tile" data-state={state}>
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        {more ? <span>{more}</span> : null}
      </dd>
    </div>
  );
}

export function Summary({ of }: { of: Report }) {
  const { result, manifest } = of;
  const violations = result.lost + result.doubled + result.reordered;
  const after = result.acknowledged_after_ms;
  return (
    <>
      <dl class="tiles">
        <Tile
          name="History of all clients"
          value={violations === 0 ? "sound" : `${whole(violations)} violations`}
          more={`${result.lost} lost, ${result.doubled} doubled, ${result.reordered} reordered`}
          state={violations === 0 ? "good" : "bad"}
        />
        <Tile name="Acknowledged" value={whole(result.acknowledged)} more={`of ${whole(result.sent)} messages`} />
        <Tile name="Delivered" value={whole(result.deliveries)} more={`${whole(result.deliveries_of_acknowledged_due)} due for what was acknowledged`} />
        <Tile name="Half acknowledged within" value={after.p50 === null ? "–" : duration(after.p50)} more={after.p99 === null ? "" : `99 % within ${duration(after.p99)}`} />
        <Tile name="Load" value={`${short(of.load_s)} s`} more={`${manifest.nodes} nodes, from ${manifest.time_zero.replace("T", " ").replace(/\.\d+Z$/, " UTC")}`} />
      </dl>
      {result.ended_early ? <p class="warning">This run was ended early: what was measured until then is shown.</p> : null}
      {result.settled ? null : <p class="warning">At the end not everything had been shown to everybody; what is missing there is not judged.</p>}
      {result.examples.length > 0 ? (
        <ul class="warning">
          {result.examples.map((each) => (
            <li>{each}</li>
          ))}
        </ul>
      ) : null}
      {result.notes.length > 0 ? <p class="note">{result.notes.join("; ")}</p> : null}
    </>
  );
}

export function Faults({ of }: { of: Report }) {
  if (of.faults.length === 0) return <p class="nothing">Nothing happened to the cluster in this experiment.</p>;
  return (
    <>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">#</th>
              <th scope="col">What</th>
              <th scope="col">Whom</th>
              <th scope="col" class="number">Began</th>
              <th scope="col" class="number">Over</th>
              <th scope="col" class="number">Nothing acknowledged for</th>
              <th scope="col" class="number">Longest wait</th>
              <th scope="col" class="number">Late messages</th>
              <th scope="col" class="number">As usual again after</th>
            </tr>
          </thead>
          <tbody>
            {of.faults.map((fault, index) => (
              <tr>
                <td>
                  <span class="mark">{index + 1}</span>
                </td>
                <td>
                  {fault.said}
                  {fault.note ? <small>{fault.note}</small> : null}
                </td>
                <td>{fault.nodes || "–"}</td>
                <td class="number">{fault.began_s === undefined ? "–" : `${fault.began_s.toFixed(1)} s`}</td>
                <td class="number">{fault.over_s === undefined ? "–" : `${fault.over_s.toFixed(1)} s`}</td>
                <td class="number">{fault.outage ? duration(fault.outage.silence_ms) : "–"}</td>
                <td class="number">{fault.outage ? duration(fault.outage.longest_wait_ms) : "–"}</td>
                <td class="number">{fault.outage ? whole(fault.outage.late) : "–"}</td>
                <td class="number">{fault.outage ? (fault.outage.late === 0 ? "at once" : duration(fault.outage.usual_after_ms)) : "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="note">
        From a fault to the next one. <em>Nothing acknowledged for</em>: the longest time without any acknowledgement in the whole cluster; about
        {" "}{short(1000 * of.load_s / Math.max(1, of.result.acknowledged))} ms lie between two of them in the mean. <em>Longest wait</em>: of a message that was under way or to be sent then, from the fault or the moment planned.
        {" "}<em>Late</em>: waited longer than three times what 99 % had waited before, and than 100 ms. <em>As usual again</em>: the last late message had been acknowledged.
      </p>
    </>
  );
}

function WayTable({ way }: { way: Way }) {
  let begins = 0;
  const total = way.steps.reduce((sum, step) => sum + step.all_us, 0) || 1;
  return (
    <div class="scroll">
      <table class="way">
        <caption>
          {whole(way.traces)} traces; from the frame that was read to the answer that was written: half within {microseconds(way.total_us)}, 99 % within {microseconds(way.total_p99_us)}
        </caption>
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Actor</th>
            <th scope="col" class="number">Takes</th>
            <th scope="col" class="number">of it waiting</th>
            <th scope="col" class="number">99 % within</th>
            <th scope="col" class="bar">Medians one after the other</th>
          </tr>
        </thead>
        <tbody>
          {way.steps.map((step) => {
            const left = (100 * begins) / total;
            begins += step.all_us;
            const waits = Math.min(step.waited_us, step.all_us);
            return (
              <tr>
                <td>
                  <code>{step.name}</code>
                </td>
                <td>{step.kind}</td>
                <td class="number">{microseconds(step.all_us)}</td>
                <td class="number">{microseconds(waits)}</td>
                <td class="number">{microseconds(step.p99_us)}</td>
                <td class="bar">
                  <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                    <rect class="waits" x={left} y="2" width={(100 * waits) / total} height="6" />
                    <rect class="works" x={left + (100 * waits) / total} y="2" width={Math.max(0.3, (100 * (step.all_us - waits)) / total)} height="6" />
                  </svg>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

export function Traces({ of }: { of: Report }) {
  const { traces } = of;
  if (traces.ways.length === 0) return <p class="nothing">There are no traces of messages in this folder{traces.all > 0 ? " that are whole" : ""}: the experiment asked for none, or its nodes know none.</p>;
  return (
    <>
      {traces.ways.map((way) => (
        <WayTable way={way} />
      ))}
      <p class="note">
        The critical path of {whole(traces.whole - traces.without_commit)} whole traces of {whole(traces.all)}; messages that went another way are counted apart, the two commonest ways are shown.
        {traces.without_commit > 0 ? ` ${whole(traces.without_commit)} more were answered without a commit: refused while an owner was away, or known already.` : ""} A step lasts until the next one
        begins; the light part of a bar is waiting (in a mailbox, for a batch, in an outbox).
      </p>
    </>
  );
}

export function Experiment({ of }: { of: Report }) {
  const rows = Object.entries(of.manifest.made_with).filter(([, value]) => value !== null && value !== "");
  const shown = (name: string, value: string | number | null): string =>
    name === "memory_bytes" ? bytes(Number(value)) : name === "disk_flush_us" ? microseconds(Number(value)) : String(value);
  const words: Record<string, string> = { memory_bytes: "memory", disk_flush_us: "disk: 8 KiB durable in", operating_system: "system", postgresql: "PostgreSQL", caf: "CAF" };
  return (
    <div class="two">
      <pre>{of.yaml}</pre>
      <table>
        <tbody>
          {rows.map(([name, value]) => (
            <tr>
              <th scope="row">{words[name] ?? name}</th>
              <td>{shown(name, value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
