import { Chart, type Line } from "./chart";
import type { ByName, Report } from "./data";
import { percent } from "./words";

const linesOf = (named: ByName): Line[] => Object.entries(named).map(([label, values]) => ({ label, values }));

/** As many nines as a part has: 0.9 is 1, 0.99 is 2. */
const nines = (part: number): number => -Math.log10(1 - part);

export function Traffic({ of }: { of: Report }) {
  const { rates, t, faults } = of;
  return (
    <div class="charts">
      <Chart
        title="Messages"
        about="Where acknowledgements fall behind what was planned, people wait; the peak behind it is what had piled up."
        x={t}
        label="messages/s"
        faults={faults}
        lines={[
          { label: "planned", values: rates.planned, quiet: true },
          { label: "acknowledged", values: rates.acknowledged, colour: 0, filled: true },
        ]}
      />
      <Chart title="Deliveries" about="Messages shown to members of their groups, their senders included." x={t} label="deliveries/s" faults={faults} lines={[{ label: "delivered", values: rates.delivered, colour: 2, filled: true }]} />
    </div>
  );
}

export function Waiting({ of }: { of: Report }) {
  const { latency, t, faults, distribution } = of;
  const parts = [0, 0.5, 0.9, 0.99, 0.999, 0.9999];
  const last = distribution.part.findIndex((part) => part > 0.9999);
  const upTo = (values: (number | null)[]) => values.slice(0, last < 0 ? undefined : last);
  return (
    <div class="charts">
      <Chart
        title="Waiting for the acknowledgement"
        about="By the moment when a message was to be sent: what people met who had something to say then."
        x={t}
        label="ms (logarithmic)"
        logarithmic
        faults={faults}
        lines={[
          { label: "half within", values: latency.p50, colour: 0 },
          { label: "90 % within", values: latency.p90, colour: 2 },
          { label: "99 % within", values: latency.p99, colour: 1 },
          { label: "longest", values: latency.max, quiet: true },
        ]}
      />
      <Chart
        title="Distribution of the waits"
        about="Cumulative: which part of all was through within how long. The right end is the slowest in ten thousand."
        x={(upTo(distribution.part) as number[]).map(nines)}
        xLabel="part of all messages (deliveries)"
        ticks={{ at: parts.map(nines), text: parts.map(percent) }}
        xText={(at) => percent(1 - 10 ** -at)}
        label="ms (logarithmic)"
        logarithmic
        lines={[
          { label: "acknowledged", values: upTo(distribution.acknowledged_ms), colour: 0 },
          { label: "delivered", values: upTo(distribution.delivered_ms), colour: 1 },
        ]}
      />
    </div>
  );
}

export function Queues({ of }: { of: Report }) {
  const { t, faults } = of;
  return (
    <div class="charts">
      <Chart title="Mailboxes" about="Messages that waited when a node was asked, by kind of actor, all nodes together; the six kinds with the most." x={t} label="messages" faults={faults} lines={linesOf(of.mailboxes)} />
      <Chart
        title="Time in mailboxes"
        about="Mean of what was timed (one message in 64) between two snapshots, by kind of actor."
        x={of.waits_us.t}
        label="µs (logarithmic)"
        logarithmic
        faults={faults}
        lines={linesOf(of.waits_us.kinds)}
      />
      <Chart title="Commits" about="How long PostgreSQL took to make a batch durable, in the mean." x={t} label="ms a commit" faults={faults} lines={linesOf(of.commit_ms)} />
      <Chart title="Batches" about="What piled up while the last commit ran goes into one batch: more load, larger batches." x={t} label="entries a commit" faults={faults} lines={linesOf(of.batch)} />
    </div>
  );
}

export function Nodes({ of }: { of: Report }) {
  const { t, faults } = of;
  return (
    <div class="charts">
      <Chart title="Shards" about="Who owns how many of the 1024 shards. A gap: the node did not answer." x={t} label="shards" faults={faults} stepped lines={linesOf(of.shards)} />
      <Chart title="Sessions" about="Where people's sessions were." x={t} label="sessions" faults={faults} stepped lines={linesOf(of.sessions)} />
      {Object.keys(of.cpu).length > 0 ? <Chart title="Processor" about="Of each node's process; 100 % is one core." x={t} label="% of a core" faults={faults} lines={linesOf(of.cpu)} /> : null}
    </div>
  );
}
