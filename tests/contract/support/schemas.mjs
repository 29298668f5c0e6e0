// Schemas, strict: what a node says must be described, so an undocumented member is as wrong as a missing one.
// The published schemas are not: clients ignore what they do not know.
import Ajv2020 from "ajv/dist/2020.js";

const composing = ["allOf", "oneOf", "anyOf"];

/** The schema with every object closed. Parts of a composition are closed by what composes them. */
function closed(schema, isPart = false) {
  if (Array.isArray(schema)) return schema.map((each) => closed(each, isPart));
  if (schema === null || typeof schema !== "object") return schema;
  const copy = {};
  for (const [word, value] of Object.entries(schema)) {
    if (word === "properties")
      copy[word] = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, closed(each)]));
    else if (composing.includes(word)) copy[word] = closed(value, true);
    else if (["items", "additionalProperties"].includes(word)) copy[word] = closed(value);
    else copy[word] = value;
  }
  const describesObject = ["properties", ...composing].some((word) => schema[word]);
  const isOpen = schema.additionalProperties !== undefined;
  if (!isPart && describesObject && !isOpen) copy.unevaluatedProperties = false;
  return copy;
}

let found;
const note = (what) =>
  function (value, data, parentSchema, { instancePath, rootData }) {
    found?.push({ what, value, data, path: instancePath, rootData });
    return true;
  };

function makeAjv() {
  const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false });
  for (const word of ["x-value", "x-any-order"]) ajv.addKeyword({ keyword: word, validate: note(word), errors: false });
  return ajv;
}

const open = makeAjv();
const strict = makeAjv();
const compiled = new Map();

function validator(schema, isStrict) {
  const key = isStrict ? "strict" : "open";
  if (!compiled.has(schema)) compiled.set(schema, {});
  const both = compiled.get(schema);
  both[key] ??= isStrict ? strict.compile(closed(schema)) : open.compile(schema);
  return both[key];
}

/** What is wrong with the value, one line each; nothing if it is as described. */
export function problemsOf(schema, value, { isStrict }) {
  const validate = validator(schema, isStrict);
  found = undefined;
  if (validate(value)) return [];
  const lines = validate.errors.map(({ instancePath, message, params }) => {
    const which = params.unevaluatedProperty ?? params.additionalProperty ?? params.allowedValue ?? "";
    return `${instancePath || "/"} ${message} ${which}`.trim();
  });
  return [...new Set(lines)];
}

function valueAt(root, path) {
  return path
    .split("/")
    .slice(1)
    .reduce((node, part) => node?.[part.replaceAll("~1", "/").replaceAll("~0", "~")], root);
}

/**
 * Where an example has values that are others in reality: `values` and `names` (of members) map a JSON
 * pointer to the kind, `unordered` holds the pointers of lists whose order means nothing.
 */
export function variablesOf(schema, example) {
  const validate = validator(schema, false);
  found = [];
  validate(example);
  const variables = { values: new Map(), names: new Map(), unordered: new Set() };
  for (const { what, value, data, path } of found) {
    if (what === "x-any-order") variables.unordered.add(path);
    else if (typeof data === "object") continue; // Another alternative of the schema is meant.
    else if (typeof valueAt(example, path) === "object") variables.names.set(path, value);
    else variables.values.set(path, value);
  }
  found = undefined;
  return variables;
}
