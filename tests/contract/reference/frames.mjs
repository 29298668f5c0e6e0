// The reference of what goes over the WebSocket.
import { answerTo, closeCodes, errorCodes, messages, operations, schemaNamed } from "../support/specifications.mjs";
import { frames, membersTable, paragraphs, values } from "./markdown.mjs";

const about = {
  Connection: "Who you are, and whether the line works.",
  Conversations: "What there is to read, and where to write.",
  Messages: "Everything but `typing` and `read` writes an entry and takes a `key`.",
  Groups: "Members, roles and names. Everything here writes an entry and takes a `key`.",
  People: "Finding them, seeing who is there, and being left in peace.",
};

/** The examples of an op as exchanges; the refused ones shortly, with their code. */
function examplesOf(op) {
  const exchanges = [];
  const refused = [];
  for (const [name, { summary, payload }] of messages.get(`${op}.request`).examples) {
    const { reply, refusal } = answerTo(op, name);
    if (reply && (exchanges.length === 0 || summary))
      exchanges.push(paragraphs(summary && exchanges.length > 0 ? `${summary}:` : "", frames([["→", payload], ["←", reply.payload]])));
    if (refusal) {
      const { code, message } = refusal.payload.error;
      refused.push(`| ${summary ?? ""} | \`${code}\` | ${message} |`);
    }
  }
  const table = refused.length === 0 ? "" : ["| refused, for instance | code | message |", "|---|---|---|", ...refused].join("\n");
  return paragraphs(...exchanges, table);
}

function opText(op) {
  const { summary, description, payload } = messages.get(`${op}.request`);
  const { d } = payload.properties;
  const answer = messages.get(`${op}.reply`).payload.properties.d;
  const answered = membersTable(answer);
  return paragraphs(
    `### ${op}`,
    summary,
    description,
    membersTable(d) || "No members.",
    answered ? `Answered with` : "Answered with nothing: `{}`.",
    answered,
    examplesOf(op),
  );
}

export function opsText() {
  const tags = [...new Set(operations.filter(({ action }) => action === "receive").map(({ tag }) => tag))];
  const listed = tags.filter((tag) => about[tag]);
  const named = (wanted) => operations.filter(({ action, tag }) => action === "receive" && tag === wanted);
  const index = listed.map((tag) => `| ${tag} | ${named(tag).map(({ name }) => `[\`${name}\`](#${name})`).join(" ")} |`);
  const sections = listed.map((tag) => paragraphs(`## ${tag}`, about[tag], ...named(tag).map(({ name }) => opText(name))));
  return paragraphs("## Ops", ["| about | ops |", "|---|---|", ...index].join("\n"), ...sections, mistakesText());
}

function mistakesText() {
  const { summary, examples } = messages.get("mistaken.request");
  const rows = [...examples].map(([name, each]) => {
    const { code, message } = answerTo("mistaken", name).refusal.payload.error;
    return `| ${each.summary ?? ""} | \`${JSON.stringify(each.payload).replaceAll("|", "\\|")}\` | \`${code}\` | ${message} |`;
  });
  return paragraphs("## Mistakes", summary, ["| mistake | request | code | message |", "|---|---|---|---|", ...rows].join("\n"));
}

export function eventsText() {
  const events = operations.filter(({ action }) => action === "send").map(({ name }) => messages.get(name));
  const sections = events.map(({ title, summary, description, payload, examples }) => {
    const { d } = payload.properties;
    const members = d["x-name"] === "Entry" ? "`d` is an [entry](#entries)." : membersTable(d);
    const shown = title === "entry" ? [examples.get("hello")] : [...examples.values()];
    return paragraphs(`### Event ${title}`, summary, description, members, frames(shown.map((each) => ["←", each.payload])));
  });
  return paragraphs("## Events", "Nobody asks for them. They begin with `identify`, entries with the first `sync`.", ...sections);
}

function entriesText() {
  const { description, oneOf } = schemaNamed("Entry");
  const base = schemaNamed("EntryBase");
  const common = Object.keys(base.properties);
  const examples = [...messages.get("entry.event").examples.values()].map(({ payload }) => payload.d);
  const sections = oneOf.map((schema) => {
    const kind = schema.allOf[1].properties.kind.const;
    const example = examples.find((each) => each.kind === kind);
    return paragraphs(`#### ${kind}`, schema.description, membersTable(schema.allOf[1], common), frames([[" ", example]]));
  });
  return paragraphs("### Entries", description, membersTable(base), ...sections);
}

function valuesText() {
  const rows = Object.entries(values).map(([name, word]) => `| ${word} | ${schemaNamed(name).description} |`);
  return paragraphs("### Values", ["| value | |", "|---|---|", ...rows].join("\n"));
}

export function shapesText() {
  const shapes = [
    ["Conversation", "SyncedConversation", "As `sync` answers it; the event `conversation` has neither `entries` nor what belongs to them."],
    ["Member", "Member", ""],
    ["User", "User", ""],
    ["Presence", "PresenceState", ""],
    ["Limits", "Limits", "Defaults, each of which an operator can change, are in the example of [`hello`](#event-hello)."],
  ];
  const texts = shapes.map(([title, name, text]) => paragraphs(`### ${title}`, text, membersTable(schemaNamed(name))));
  return paragraphs("## What things look like", valuesText(), entriesText(), ...texts);
}

export function errorsText() {
  const rows = errorCodes.map(({ const: code, description }) => `| \`${code}\` | ${description} |`);
  return paragraphs(
    "## Errors",
    membersTable(schemaNamed("Error")),
    ["| code | when |", "|---|---|", ...rows].join("\n"),
  );
}

export function closeCodesText() {
  const to = {
    reconnect: "connect again, after a random 0 to 5 s, doubling to 60 s",
    "sign in": "sign in again",
    stop: "do not reconnect by yourself",
  };
  const rows = [...closeCodes.values()].map(
    ({ code, name, description, then }) => `| ${code} | ${name} | ${description} | ${to[then]} |`,
  );
  return paragraphs(
    "## Close codes",
    "A connection that just ends, without any code, is like 1012.",
    ["| code | name | when | then |", "|---|---|---|---|", ...rows].join("\n"),
  );
}
