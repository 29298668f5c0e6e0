import { Refusal, type User } from "./protocol";

export interface SignedIn {
  token: string;
  user: User;
}

/** The node's accounts, over HTTP. `base` is the node's address; empty for the page's own. */
export class Accounts {
  constructor(
    private readonly base = "",
    private readonly send: typeof fetch = (...request) => fetch(...request),
  ) {}

  async create(name: string, password: string): Promise<User> {
    const made = (await this.call("POST", "/v1/accounts", { name, password })) as { user: User };
    return made.user;
  }

  async signIn(name: string, password: string): Promise<SignedIn> {
    return (await this.call("POST", "/v1/tokens", { name, password })) as SignedIn;
  }

  /** Revokes the token everywhere. */
  async signOut(token: string): Promise<void> {
    await this.call("DELETE", "/v1/tokens/current", undefined, token);
  }

  private async call(method: string, path: string, body?: object, token?: string): Promise<unknown> {
    const headers: Record<string, string> = {};
    if (body) headers["Content-Type"] = "application/json";
    if (token) headers["Authorization"] = `Bearer ${token}`;
    let answer: Response;
    try {
      answer = await this.send(this.base + path, {
        method,
        headers,
        ...(body ? { body: JSON.stringify(body) } : {}),
        credentials: "omit",
      });
    } catch {
      throw unreachable();
    }
    if (answer.status === 204) return undefined;
    let read: { error?: ConstructorParameters<typeof Refusal>[0] };
    try {
      read = await answer.json();
    } catch {
      throw unreachable();
    }
    if (!answer.ok) throw read.error ? new Refusal(read.error) : unreachable();
    return read;
  }
}

function unreachable(): Refusal {
  return new Refusal({ code: "unavailable", message: "The node cannot be reached.", temporary: true });
}
