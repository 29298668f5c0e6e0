import { BadSnapshot, checkSnapshot } from "./check";
import { EDGES_ASKED } from "./rates";
import type { Level, Snapshot } from "./snapshot";
import { BadTraces, checkTraces, type Traces } from "./spans";

/** A call that did not bring what was asked for. `is` says whose turn it is: who watches, or the page, which asks again. */
export class Refused extends Error {
  constructor(
    readonly is: "token" | "request" | "later",
    message: string,
    readonly retryAfterMs = 0,
  ) {
    super(message);
  }
}

export interface Asked {
  /** Ids and names instead of pseudonyms. */
  names: boolean;
  /** At most so many actors, those that handled most; undefined: all that a node shows. */
  top: number | undefined;
  entity?: string;
}

/** Which requests are traced: a part of all, or of those to a conversation; 0 ends it. */
export interface Wish {
  sample: number;
  conversation?: string;
  for_s?: number;
}

const answerWithinMs = 20_000;
const base = "/v1/operator/topology";
const tracesBase = "/v1/operator/traces";

/** The operator's calls about actors, of the node that served the page. */
export class NodeCalls {
  constructor(
    readonly token: string,
    readonly fetching: typeof fetch = (...of) => fetch(...of),
  ) {}

  async snapshot({ names, top, entity }: Asked): Promise<{ text: string; snapshot: Snapshot }> {
    const query = new URLSearchParams({ edges: String(EDGES_ASKED) });
    if (names) query.set("names", "true");
    if (top !== undefined) query.set("top", String(top));
    if (entity !== undefined) query.set("entity", entity);
    const text = await this.#call("GET", `${base}?${query}`);
    try {
      return { text, snapshot: checkSnapshot(JSON.parse(text)) };
    } catch (wrong) {
      throw new Refused("request", `the node's answer cannot be read: ${wrong instanceof BadSnapshot ? wrong.message : "it is no JSON"}`);
    }
  }

  /** How many actors the cluster has; costs little, and tells whether the token is right. */
  async actors(): Promise<number> {
    const text = await this.#call("GET", `${base}?actors=false&edges=0`);
    try {
      return checkSnapshot(JSON.parse(text)).nodes.reduce((sum, each) => sum + each.actors, 0);
    } catch (wrong) {
      throw new Refused("request", `the node's answer cannot be read: ${wrong instanceof BadSnapshot ? wrong.message : "it is no JSON"}`);
    }
  }

  /** All nodes count at this level for so many seconds. */
  async raise(level: Level, seconds: number): Promise<void> {
    await this.#call("POST", `${base}/level`, { level, for_s: seconds });
  }

  /** All nodes trace these requests, until another wish or its end. */
  async sample(wish: Wish): Promise<void> {
    await this.#call("POST", `${tracesBase}/sampling`, wish);
  }

  /** Spans that were recorded since an answer's cursor; since this moment after "now". */
  async traces(cursor: string, names: boolean): Promise<Traces> {
    const query = new URLSearchParams({ cursor });
    if (names) query.set("names", "true");
    const text = await this.#call("GET", `${tracesBase}?${query}`);
    try {
      return checkTraces(JSON.parse(text));
    } catch (wrong) {
      throw new Refused("request", `the node's answer cannot be read: ${wrong instanceof BadTraces ? wrong.message : "it is no JSON"}`);
    }
  }

  async #call(method: string, path: string, body?: unknown): Promise<string> {
    let answer: Response;
    let text: string;
    try {
      answer = await this.fetching(path, {
        method,
        headers: { Authorization: `Bearer ${this.token}`, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        cache: "no-store",
        signal: AbortSignal.timeout(answerWithinMs),
      });
      text = await answer.text();
    } catch (wrong) {
      const isLate = wrong instanceof DOMException && wrong.name === "TimeoutError";
      throw new Refused("later", isLate ? `the node did not answer within ${answerWithinMs / 1000} s` : "the node cannot be reached");
    }
    if (answer.ok) return text;
    throw refusalOf(answer, text);
  }
}

function refusalOf(answer: Response, text: string): Refused {
  let said = `HTTP ${answer.status}`;
  let code = "";
  try {
    const { error } = JSON.parse(text) as { error: { message: string; code: string } };
    said = String(error.message);
    code = String(error.code);
  } catch {
    // What a proxy puts in between is no JSON; its status says enough.
  }
  const wait = Number(answer.headers.get("Retry-After")) * 1000 || 0;
  if (answer.status === 401 || answer.status === 403 || code === "unauthenticated")
    return new Refused("token", "This is not the operator's token of this cluster. It lies in the file operator.token in the data folder of the cluster's first node, unless operator.token is configured.");
  if (answer.status === 404 && code === "not_found") return new Refused("request", "this node does not show its actors: it is older than this page");
  return new Refused(answer.status === 429 || answer.status >= 500 ? "later" : "request", said, wait);
}
