import type { SignedIn } from "../client/index";

// Who is signed in: in this tab only, or in the browser until signing out ("keep me signed in").
const name = "parley.signed_in";
const deviceName = "parley.device";

function isSignedIn(value: unknown): value is SignedIn {
  const read = value as SignedIn | null;
  return typeof read?.token === "string" && typeof read.user?.id === "string" && typeof read.user.name === "string";
}

export function keptSignIn(): SignedIn | undefined {
  for (const storage of [sessionStorage, localStorage]) {
    try {
      const read: unknown = JSON.parse(storage.getItem(name) ?? "null");
      if (isSignedIn(read)) return read;
    } catch {
      storage.removeItem(name);
    }
  }
  return undefined;
}

export function keepSignIn(signedIn: SignedIn, where: "tab" | "browser"): void {
  (where === "tab" ? sessionStorage : localStorage).setItem(name, JSON.stringify(signedIn));
}

export function forgetSignIn(): void {
  sessionStorage.removeItem(name);
  localStorage.removeItem(name);
}

/** One device a tab: a reload takes the place of the connection before it. */
export function deviceOfThisTab(): string {
  let device = sessionStorage.getItem(deviceName);
  if (!device) {
    device = `page-${Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    sessionStorage.setItem(deviceName, device);
  }
  return device;
}
