// How a kind of actor looks: colours of Okabe and Ito (told apart with any kind of colour vision), a shape and a letter.

export type Shape = "circle" | "square" | "triangle" | "diamond";

export interface Look {
  kind: string;
  letter: string;
  shape: Shape;
  /** On light and on dark ground. */
  colours: readonly [string, string];
  says: string;
}

const sky = ["#56b4e9", "#56b4e9"] as const;
const blue = ["#0072b2", "#3d9ad6"] as const;
const orange = ["#e69f00", "#e69f00"] as const;
const green = ["#009e73", "#1fbf92"] as const;
const vermillion = ["#d55e00", "#f07a26"] as const;
const purple = ["#cc79a7", "#d98fb9"] as const;
const yellow = ["#c9b800", "#f0e442"] as const;
const grey = ["#8a939c", "#8a949e"] as const;
const black = ["#1b1f23", "#e8ebe7"] as const;

const known: readonly Look[] = [
  { kind: "session", letter: "S", shape: "circle", colours: sky, says: "one a connection" },
  { kind: "user", letter: "U", shape: "square", colours: blue, says: "one a person online" },
  { kind: "conversation", letter: "C", shape: "diamond", colours: orange, says: "one a live conversation" },
  { kind: "shard", letter: "H", shape: "triangle", colours: grey, says: "one of 1024 parts of all ids; on the coast those that somebody lives in" },
  { kind: "relay", letter: "R", shape: "triangle", colours: vermillion, says: "topics to local sessions" },
  { kind: "log_writer", letter: "W", shape: "square", colours: green, says: "commits batches" },
  { kind: "log_reader", letter: "L", shape: "circle", colours: green, says: "reads the log" },
  { kind: "search_indexer", letter: "I", shape: "diamond", colours: green, says: "fills the search" },
  { kind: "placement", letter: "P", shape: "triangle", colours: black, says: "who owns which shard" },
  { kind: "history_watch", letter: "Y", shape: "square", colours: black, says: "sees a restored database" },
  { kind: "links", letter: "N", shape: "square", colours: purple, says: "keeps the links" },
  { kind: "link", letter: "K", shape: "diamond", colours: purple, says: "one a peer node" },
  { kind: "wires", letter: "B", shape: "circle", colours: purple, says: "brings bytes to and from other nodes" },
  { kind: "forwarder", letter: "F", shape: "circle", colours: vermillion, says: "polling calls to their node" },
];

const looks = new Map<string, Look>(known.map((each) => [each.kind, each]));
const spareColours = [yellow, purple, blue, vermillion, black];
const shapes: readonly Shape[] = ["circle", "square", "triangle", "diamond"];

/** The look of a kind; one that this page has never heard of gets one from its name, always the same. */
export function lookOf(kind: string): Look {
  let look = looks.get(kind);
  if (!look) {
    let hash = 0;
    for (const letter of kind) hash = (hash * 31 + letter.codePointAt(0)!) >>> 0;
    look = {
      kind,
      letter: (kind[0] ?? "?").toLowerCase(),
      shape: shapes[(hash >>> 4) % shapes.length]!,
      colours: spareColours[hash % spareColours.length]!,
      says: "",
    };
    looks.set(kind, look);
  }
  return look;
}

/** Known kinds in the order of the legend, then others by name. */
export function kindOrder(a: string, b: string): number {
  const rank = (kind: string): number => {
    const at = known.findIndex((each) => each.kind === kind);
    return at < 0 ? known.length : at;
  };
  return rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** A step of heat: from so many messages waiting; the ring's colours and its width, as a part of the radius. */
export interface Heat {
  from: number;
  colours: readonly [string, string];
  width: number;
}

// Darker on light ground, brighter on dark ground; wider too, so that colour is not needed.
export const heats: readonly Heat[] = [
  { from: 1, colours: ["#f2b134", "#8f5a16"], width: 0.2 },
  { from: 10, colours: ["#e8711c", "#d9822b"], width: 0.32 },
  { from: 100, colours: ["#b91c3c", "#ffc44d"], width: 0.46 },
  { from: 1000, colours: ["#4a0d57", "#fffbe0"], width: 0.62 },
];

export function heatOf(mailbox: number): Heat | undefined {
  let found: Heat | undefined;
  for (const each of heats) if (mailbox >= each.from) found = each;
  return found;
}

export const isInfrastructure = (kind: string): boolean => kind !== "session" && kind !== "user" && kind !== "conversation" && kind !== "shard";
