import type { Snapshot } from "../model/snapshot";

export interface SampleOptions {
  actors?: number;
  nodes?: number;
  steps?: number;
  seed?: number;
  kill?: number;
  edges?: number;
  shards?: number;
}
export function sampleSnapshots(options?: SampleOptions): Generator<Snapshot>;
export function sampleLines(options?: SampleOptions): Generator<string>;
export function numbersFrom(seed: number): () => number;
