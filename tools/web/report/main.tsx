import { render } from "preact";
import { Nodes, Queues, Traffic, Waiting } from "./charts";
import { reportIn } from "./data";
import { Graphs } from "./graph";
import { Experiment, Faults, Summary, Traces } from "./tables";

const of = reportIn(document);
const place = document.getElementById("report");
if (place) {
  place.textContent = "";
  render(
    <>
      <header>
        <p class="kind">Parley experiment</p>
        <h1>{of.manifest.name}</h1>
        {of.manifest.about ? <p class="about">{of.manifest.about}</p> : null}
        <Summary of={of} />
      </header>
      <section>
        <h2>Faults, as clients felt them</h2>
        <Faults of={of} />
      </section>
      <section>
        <h2>Messages</h2>
        <Traffic of={of} />
        <Waiting of={of} />
      </section>
      <section>
        <h2>Who writes to whom</h2>
        <Graphs of={of} />
      </section>
      <section>
        <h2>Nodes</h2>
        <Nodes of={of} />
      </section>
      <section>
        <h2>Queues</h2>
        <Queues of={of} />
      </section>
      <section>
        <h2>The way of one message</h2>
        <Traces of={of} />
      </section>
      <section>
        <h2>The experiment</h2>
        <Experiment of={of} />
      </section>
    </>,
    place,
  );
  document.documentElement.dataset.drawn = "true";
}
