// The reference of what is called over HTTP.
import { calls, openapi } from "../support/specifications.mjs";
import { json, membersTable, paragraphs, typeOf } from "./markdown.mjs";

const examplesOf = (response) => Object.entries(Object.values(response.content ?? {})[0]?.examples ?? {});

function parametersTable(parameters) {
  if (parameters.length === 0) return "";
  const rows = parameters.map(
    ({ name, in: place, description, schema }) => `| \`${name}\` | ${place} | ${typeOf(schema)} | ${description} |`,
  );
  return ["| parameter | in | is | |", "|---|---|---|---|", ...rows].join("\n");
}

/** The first example that succeeds, as it goes over the wire. */
function exchange(call) {
  const [status, response] = Object.entries(call.responses)[0];
  const [name, example] = examplesOf(response)[0] ?? [response["x-examples"]?.[0]];
  const sent = call.requestBody?.content["application/json"].examples?.[name]?.value;
  let address = call.address;
  const query = [];
  for (const { in: place, name: parameter, examples, example: only } of call.parameters) {
    const value = examples?.[name]?.value ?? only;
    if (place === "header") continue;
    if (place === "path") address = address.replace(`{${parameter}}`, value);
    else if (value !== undefined) query.push(`${parameter}=${value}`);
  }
  if (query.length > 0) address += `?${query.join("&")}`;
  const lines = [`→ ${call.method} ${address}`];
  if (call.security?.length > 0) lines.push("  Authorization: Bearer q7Vd2mXo0TzLrYc9WbKf4hNs8uJpEa3Gi6RtMx1CvQk");
  if (sent) lines.push(`  ${json(sent, "  ")}`);
  lines.push(`← ${status}`);
  if (typeof example?.value === "string") lines.push(...example.value.trimEnd().split("\n").map((line) => `  ${line}`));
  else if (example) lines.push(`  ${json(example.value, "  ")}`);
  return `\`\`\`\n${lines.join("\n")}\n\`\`\``;
}

function answersTable(call) {
  const rows = Object.entries(call.responses).map(([status, response]) => {
    const refusals = status < 400 ? [] : examplesOf(response);
    const codes = new Set(refusals.map(([, { value }]) => value.error?.code).filter(Boolean));
    return `| ${status} | ${[...codes].map((code) => `\`${code}\``).join(" ")} | ${response.description} |`;
  });
  return ["| status | code | when |", "|---|---|---|", ...rows].join("\n");
}

function callText(call) {
  const body = call.requestBody?.content["application/json"].schema;
  const wanted = call.requestBody?.required ? "The body" : "The body, which may be left out,";
  const members = body && membersTable(body);
  return paragraphs(
    `### ${call.method} ${call.address}`,
    call.summary,
    call.description,
    parametersTable(call.parameters),
    members && `${wanted} is a JSON object with`,
    members,
    exchange(call),
    answersTable(call),
  );
}

export function callsText() {
  const sections = openapi.tags.map(({ name, description }) => {
    const tagged = [...calls.values()].filter(({ tags }) => tags.includes(name));
    return paragraphs(`## ${name}`, description, ...tagged.map(callText));
  });
  return paragraphs("## HTTP", openapi.info.description, ...sections.map((text) => text.replaceAll(/^(##+) /gm, "#$1 ")));
}
