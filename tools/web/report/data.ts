/** What `parley experiment report` puts into the page; tools/parley/experiment/report_data.hpp makes it. */
export type Numbers = (number | null)[];
export type ByName = Record<string, Numbers>;

export interface Outage {
  silence_ms: number;
  longest_wait_ms: number;
  late: number;
  late_after_ms: number;
  usual_after_ms: number;
  acknowledged: number;
}

export interface Fault {
  said: string;
  nodes: string;
  note: string;
  began_s?: number;
  over_s?: number;
  outage?: Outage;
}

export interface Entity {
  id: string;
  label: string;
  node: string;
  kind: "person" | "conversation";
}

export interface Link {
  from: string;
  to: string;
  count: number;
}

export interface Picture {
  label: string;
  at_s: number;
  since_s: number;
  nodes: { name: string; actors: number; missing?: string }[];
  entities: Entity[];
  links: Link[];
  links_all: number;
}

export interface Step {
  name: string;
  kind: string;
  waited_us: number;
  all_us: number;
  p99_us: number;
}

export interface Way {
  traces: number;
  total_us: number;
  total_p99_us: number;
  steps: Step[];
}

export interface Report {
  manifest: {
    name: string;
    about: string;
    seed: number;
    time_zero: string;
    nodes: number;
    made_with: Record<string, string | number | null>;
  };
  result: {
    ended_early: boolean;
    settled: boolean;
    load_s: number;
    sent: number;
    acknowledged: number;
    refused: number;
    unanswered: number;
    deliveries: number;
    deliveries_of_acknowledged_due: number;
    lost: number;
    doubled: number;
    reordered: number;
    examples: string[];
    acknowledged_after_ms: { p50: number | null; p90: number | null; p99: number | null; max: number | null };
    notes: string[];
  };
  yaml: string;
  load_s: number;
  step_s: number;
  t: number[];
  rates: { planned: Numbers; acknowledged: Numbers; delivered: Numbers };
  latency: { p50: Numbers; p90: Numbers; p99: Numbers; max: Numbers };
  distribution: { part: number[]; acknowledged_ms: Numbers; delivered_ms: Numbers };
  faults: Fault[];
  shards: ByName;
  sessions: ByName;
  commit_ms: ByName;
  batch: ByName;
  cpu: ByName;
  mailboxes: ByName;
  graphs: Picture[];
  waits_us: { t: number[]; kinds: ByName };
  traces: { all: number; whole: number; without_commit: number; ways: Way[] };
}

export const reportIn = (page: Document): Report => JSON.parse(page.getElementById("data")?.textContent ?? "{}") as Report;
