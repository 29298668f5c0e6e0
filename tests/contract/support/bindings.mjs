// What an example says and what is: alice has the id 1041 in every example, and another one on every node.
import { variablesOf } from "./schemas.mjs";

/** Not compared: the words of an error, a wait that depends on the moment. */
const free = new Set(["prose", "amount"]);
/** The same in the examples means the same in reality, but two may happen to be equal. */
const mayCoincide = new Set(["time"]);

const pointer = (path, name) => `${path}/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;

export class Bindings {
  #real = new Map();
  #written = new Map();

  /** The real value of what an example writes; itself as long as nothing is known. */
  real(kind, written) {
    return this.#real.get(`${kind} ${written}`) ?? written;
  }

  /** The example as it has to be sent. */
  toReality(schema, example) {
    const { values, names } = variablesOf(schema, example);
    const change = (value, path) => {
      if (Array.isArray(value)) return value.map((each, i) => change(each, pointer(path, i)));
      if (value !== null && typeof value === "object")
        return Object.fromEntries(
          Object.entries(value).map(([name, each]) => [
            names.has(path) ? this.real(names.get(path), name) : name,
            change(each, pointer(path, name)),
          ]),
        );
      return values.has(path) ? this.real(values.get(path), value) : value;
    };
    return change(example, "");
  }

  /** Why the real value is not what the example says; nothing if it is, and then what was new is known. */
  whyDifferent(schema, example, real) {
    const attempt = new Attempt(this.#real, this.#written, variablesOf(schema, example));
    const why = attempt.compare(example, real, "");
    if (why === undefined) attempt.keep();
    return why;
  }
}

class Attempt {
  #new = [];

  constructor(real, written, variables) {
    this.real = real;
    this.written = written;
    this.variables = variables;
  }

  keep() {
    this.#new.length = 0;
  }

  compare(example, real, path) {
    const why = this.#compare(example, real, path);
    if (why !== undefined && path === "") this.#forgetDownTo(0);
    return why;
  }

  #forgetDownTo(count) {
    for (const [map, key] of this.#new.splice(count)) map.delete(key);
  }

  #compare(example, real, path) {
    const kind = this.variables.values.get(path);
    if (kind !== undefined) return this.#bind(kind, example, real, path);
    if (Array.isArray(example)) return this.#list(example, real, path);
    if (example !== null && typeof example === "object") return this.#object(example, real, path);
    return example === real ? undefined : `${path || "/"}: ${JSON.stringify(real)} instead of ${JSON.stringify(example)}`;
  }

  #bind(kind, example, real, path) {
    if (typeof example !== typeof real) return `${path}: ${JSON.stringify(real)} is no ${kind}`;
    if (free.has(kind)) return undefined;
    const [key, back] = [`${kind} ${example}`, `${kind} ${real}`];
    if (this.real.has(key)) {
      const known = this.real.get(key);
      return known === real ? undefined : `${path}: ${real} instead of ${known} (${kind} ${example} of the example)`;
    }
    if (this.written.has(back) && !mayCoincide.has(kind))
      return `${path}: ${real} is ${this.written.get(back)} in the examples, not ${example}`;
    this.real.set(key, real);
    this.#new.push([this.real, key]);
    if (!this.written.has(back)) {
      this.written.set(back, example);
      this.#new.push([this.written, back]);
    }
    return undefined;
  }

  #list(example, real, path) {
    if (!Array.isArray(real)) return `${path}: no list`;
    if (real.length !== example.length) return `${path}: ${real.length} elements instead of ${example.length}`;
    if (this.variables.unordered.has(path)) return this.#anyOrder(example, [...real], path, 0);
    for (let i = 0; i < example.length; ++i) {
      const why = this.#compare(example[i], real[i], pointer(path, i));
      if (why !== undefined) return why;
    }
    return undefined;
  }

  #anyOrder(example, left, path, i) {
    if (i === example.length) return undefined;
    let first;
    for (const [place, candidate] of left.entries()) {
      const before = this.#new.length;
      const why =
        this.#compare(example[i], candidate, pointer(path, i)) ??
        this.#anyOrder(example, left.filter((_, at) => at !== place), path, i + 1);
      if (why === undefined) return undefined;
      first ??= why;
      this.#forgetDownTo(before);
    }
    return first;
  }

  #object(example, real, path) {
    if (real === null || typeof real !== "object" || Array.isArray(real)) return `${path}: no object`;
    const nameKind = this.variables.names.get(path);
    const expected = new Set();
    for (const [name, value] of Object.entries(example)) {
      const realName = nameKind ? (this.real.get(`${nameKind} ${name}`) ?? name) : name;
      expected.add(realName);
      if (!(realName in real)) return `${path}: ${realName} is missing`;
      const why = this.#compare(value, real[realName], pointer(path, name));
      if (why !== undefined) return why;
    }
    const more = Object.keys(real).filter((name) => !expected.has(name));
    return more.length > 0 ? `${path}: ${more.join(", ")} is not in the example` : undefined;
  }
}
