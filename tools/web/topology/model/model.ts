// What the page shows and why: where snapshots come from, which one is looked at, and how.
import { Affinity } from "./affinity";
import { changesSince, type Changes } from "./changes";
import { Layout } from "./layout";
import { NodeCalls, Refused, type Asked } from "./node_calls";
import { ratesBetween, type Rates } from "./rates";
import { BadRecording, Recording } from "./recording";
import { sceneOf, type Memory, type Scene, type View } from "./scene";
import type { Snapshot } from "./snapshot";
import { BadTraces, checkTraces, looksLikeTraces } from "./spans";
import { LastMinutes, type Timeline } from "./timeline";
import { forgetToken, keepToken } from "./token";
import { TracePlayer } from "./trace_player";
import { snapshotOf } from "./trace_snapshot";

/** Above so many actors a cluster is asked for its busiest ones only, and the rest is shown as groups. */
export const ALL_MOST = 15_000;
const BUSIEST = 5_000;
const pollEveryMs = 1_000;
const pollHiddenMs = 10_000;
const retryMs = 3_000;
const trail = 6; // earlier snapshots that are looked at for what moved
const islandStaysMs = 120_000;
const tracesFileMost = 128 * 1024 * 1024;

export type Selection = { is: "dot"; key: string } | { is: "island"; name: string } | undefined;

/** A snapshot with what is known of it by those before it. */
export interface Shown {
  snapshot: Snapshot;
  rates: Rates;
  changes: Changes;
  scene: Scene;
  islands: string[];
  /** When each of them was there last, ms since 1970. */
  lastSeen: ReadonlyMap<string, number>;
}

export class Model {
  calls: NodeCalls | undefined;
  signInProblem: string | undefined;
  isSigningIn = false;
  /** What is wrong at present, in words; the page goes on trying. */
  problem: string | undefined;
  notice: string | undefined;
  live = new LastMinutes();
  recording: Recording | undefined;
  loading: number | undefined;
  /** Index of the moment that is shown; undefined: the newest. */
  at: number | undefined;
  isPaused = false;
  speed = 1;
  shown: Shown | undefined;
  selection: Selection;
  view: View = { graph: "flows", detail: "auto", hiddenKinds: new Set(), hiddenNodes: new Set(), opened: new Set(), revealed: new Set() };
  names = false;
  readonly traces = new TracePlayer(() => this.changed());

  #memory: Memory = { layout: new Layout(), affinity: new Affinity() };
  #islandsSeen = new Map<string, number>();
  #listeners = new Set<() => void>();
  #polls = 0;
  #looks = 0;
  #top: number | undefined;

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(): void {
    for (const each of this.#listeners) each();
  }

  get timeline(): Timeline {
    return this.recording ?? this.live;
  }

  // Signing in and out

  async signIn(token: string): Promise<void> {
    const calls = new NodeCalls(token);
    this.isSigningIn = true;
    this.signInProblem = undefined;
    this.changed();
    try {
      this.#top = (await calls.actors()) > ALL_MOST ? BUSIEST : undefined;
      this.calls = calls;
      keepToken(token);
      void this.#poll();
    } catch (wrong) {
      if (!(wrong instanceof Refused)) throw wrong;
      forgetToken();
      this.signInProblem = wrong.is === "token" ? wrong.message : `${wrong.message[0]!.toUpperCase()}${wrong.message.slice(1)}. Try again.`;
    }
    this.isSigningIn = false;
    this.changed();
  }

  signOut(problem?: string): void {
    ++this.#polls;
    this.traces.stop();
    this.traces.clear();
    this.traces.isOpen = false;
    forgetToken();
    this.calls = undefined;
    this.recording = undefined;
    this.live = new LastMinutes();
    this.shown = this.selection = this.at = this.problem = undefined;
    this.isPaused = false;
    this.signInProblem = problem;
    this.changed();
  }

  // Snapshots from the node

  /** Asks again and again until signed out; never two calls at a time, and the node rests for as long as it worked. */
  async #poll(): Promise<void> {
    const round = ++this.#polls;
    const { calls } = this;
    while (round === this.#polls && calls) {
      let wait = document.hidden ? pollHiddenMs : pollEveryMs;
      if (!this.recording) {
        try {
          const began = performance.now();
          const asked: Asked = { names: this.names, top: this.#top };
          const { text, snapshot } = await calls.snapshot(asked);
          if (round !== this.#polls) return;
          wait = Math.max(wait, performance.now() - began);
          this.#top = snapshot.nodes.reduce((sum, each) => sum + each.actors, 0) > ALL_MOST ? BUSIEST : undefined;
          this.problem = undefined;
          if (asked.names === this.names) await this.#take(text, snapshot);
        } catch (wrong) {
          if (!(wrong instanceof Refused)) throw wrong;
          if (round !== this.#polls) return;
          if (wrong.is === "token") return this.signOut(wrong.message);
          this.problem = `${wrong.message}; asked again every ${retryMs / 1000} s`;
          wait = Math.max(retryMs, wrong.retryAfterMs);
          this.changed();
        }
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  async #take(text: string, snapshot: Snapshot): Promise<void> {
    const forgotten = this.live.add(text, snapshot);
    if (this.at !== undefined) this.at = Math.max(0, this.at - forgotten);
    if (this.recording) return;
    if (this.at === undefined) await this.#look(this.live.moments.length - 1);
    const { changes } = this.shown ?? {};
    if (changes && this.at === undefined) {
      const before = this.#goneBefore;
      this.#goneBefore = new Set(changes.gone.map((each) => `${each.name} ${each.how}`));
      const gone = [...this.#goneBefore].filter((each) => !before.has(each));
      const said = [...gone, ...changes.came.map((name) => `${name} came`)].join("; ");
      if (said) this.live.mark(this.live.moments.length - 1, said);
    }
    this.changed();
  }
  #goneBefore = new Set<string>();

  async countEdges(seconds: number): Promise<void> {
    try {
      await this.calls?.raise("edges", seconds);
      this.notice = `All nodes count edges for ${seconds / 60} minutes.`;
    } catch (wrong) {
      if (!(wrong instanceof Refused)) throw wrong;
      if (wrong.is === "token") return this.signOut(wrong.message);
      this.notice = `Edges are not counted: ${wrong.message}`;
    }
    this.changed();
  }

  setNames(names: boolean): void {
    this.names = names;
    // Under other names everything is somebody else.
    this.live = new LastMinutes();
    this.selection = this.at = undefined;
    this.changed();
  }

  // Time

  get index(): number {
    return this.at ?? this.timeline.moments.length - 1;
  }

  async goTo(index: number | undefined): Promise<void> {
    const last = this.timeline.moments.length - 1;
    this.at = index === undefined ? undefined : Math.max(0, Math.min(last, index));
    if (last >= 0) await this.#look(this.index);
    this.changed();
  }

  /** Loads a moment with those before it. When several are asked for quickly, the last one counts. */
  async #look(index: number): Promise<void> {
    const look = ++this.#looks;
    const { timeline } = this;
    try {
      const snapshots: Snapshot[] = [];
      for (let each = Math.max(0, index - trail); each <= index; ++each) snapshots.push(await timeline.load(each));
      if (look !== this.#looks) return;
      const snapshot = snapshots.pop()!;
      const cuts = (of: Snapshot): string => of.nodes.map((each) => each.cut_at).join();
      const before = snapshots.filter((each) => cuts(each) !== cuts(snapshot)).at(-1);
      this.#show(snapshot, ratesBetween(before, snapshot), changesSince(snapshots, snapshot));
    } catch (wrong) {
      if (!(wrong instanceof BadRecording)) throw wrong;
      this.problem = wrong.message;
      this.isPaused = true;
    }
  }

  #show(snapshot: Snapshot, rates: Rates, changes: Changes): void {
    const at = Date.parse(snapshot.taken_at);
    for (const { name, missing } of snapshot.nodes) if (missing === null || !this.#islandsSeen.has(name)) this.#islandsSeen.set(name, at);
    for (const { name, lastSeen } of changes.gone) this.#islandsSeen.set(name, Date.parse(lastSeen));
    for (const [name, seen] of this.#islandsSeen) if (Math.abs(at - seen) > islandStaysMs) this.#islandsSeen.delete(name);
    const islands = [...this.#islandsSeen.keys()].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    const scene = sceneOf(snapshot, rates, this.view, this.#memory, islands, changes.moves.map((each) => each.from));
    this.shown = { snapshot, rates, changes, scene, islands, lastSeen: new Map(this.#islandsSeen) };
  }

  // What is looked at, and how

  setView(change: Partial<View>): void {
    this.view = { ...this.view, ...change };
    if (this.shown) this.#show(this.shown.snapshot, this.shown.rates, this.shown.changes);
    this.changed();
  }

  select(selection: Selection): void {
    this.selection = selection;
    this.changed();
  }

  /** Selects an actor, out of its group if need be. */
  selectActor(id: string): void {
    const dot = this.shown?.scene.dots.get(id);
    if (!dot || dot.is !== "actor") this.setView({ revealed: new Set([...this.view.revealed].slice(-50).concat(id)) });
    this.select({ is: "dot", key: id });
  }

  toggleGroup(key: string): void {
    const opened = new Set(this.view.opened);
    if (!opened.delete(key)) opened.add(key);
    this.setView({ opened });
  }

  // Recordings

  /** A recording, or saved traces: by how it begins. */
  async openFile(file: File): Promise<void> {
    if (looksLikeTraces(await file.slice(0, 400).text())) await this.#openTraces(file);
    else await this.openRecording(file);
  }

  /** Traces bring the actors that are in them, which are shown like a recording of one moment. */
  async #openTraces(file: File): Promise<void> {
    try {
      if (file.size > tracesFileMost) throw new BadTraces(`longer than ${tracesFileMost / 1024 / 1024} MiB; parley trace show --trace writes one of them`);
      let read: unknown;
      try {
        read = JSON.parse(await file.text());
      } catch {
        throw new BadTraces("it is no JSON");
      }
      const traces = checkTraces(read);
      if (traces.spans.length === 0) throw new BadTraces("there are no spans in it");
      await this.openRecording(new File([JSON.stringify(snapshotOf(traces))], file.name));
      this.traces.stop();
      this.traces.clear();
      this.traces.take(traces);
      this.traces.listComplete(true);
      this.traces.isOpen = true;
    } catch (wrong) {
      if (!(wrong instanceof BadTraces)) throw wrong;
      this.notice = `${file.name} holds no traces: ${wrong.message}`;
    }
    this.changed();
  }

  async openRecording(file: File): Promise<void> {
    this.loading = 0;
    this.problem = undefined;
    this.changed();
    try {
      const recording = await Recording.open(file.name, file, (part) => {
        if (part - (this.loading ?? 0) < 0.01) return;
        this.loading = part;
        this.changed();
      });
      this.#startOver();
      this.recording = recording;
      this.isPaused = true;
      this.notice = recording.complaints.length > 0 ? `${file.name}: ${recording.complaints.join("; ")}` : undefined;
      await this.goTo(0);
    } catch (wrong) {
      if (!(wrong instanceof BadRecording)) throw wrong;
      this.notice = wrong.message;
    }
    this.loading = undefined;
    this.changed();
  }

  closeRecording(): void {
    this.#startOver();
    this.traces.clear();
    this.recording = undefined;
    this.isPaused = false;
    this.problem = this.notice = undefined;
    if (this.calls) void this.goTo(undefined);
    else this.changed();
  }

  #startOver(): void {
    this.selection = this.at = this.shown = undefined;
    this.#memory = { layout: new Layout(), affinity: new Affinity() };
    this.#islandsSeen.clear();
    this.view = { ...this.view, opened: new Set(), revealed: new Set() };
  }
}
