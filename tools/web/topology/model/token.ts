// The operator's token: in this tab, until it is closed or signed out. Never in an address, never on disk.
const name = "parley.operator_token";

/** A token that came with the address (`/topology#token=…`); it is removed from there before anything else happens. */
export function tokenFromAddress(place: Location, history: History): string | undefined {
  const given = new URLSearchParams(place.hash.replace(/^#/, "")).get("token");
  if (given === null) return undefined;
  history.replaceState(null, "", place.pathname + place.search);
  return given.trim() || undefined;
}

export const keptToken = (): string | undefined => sessionStorage.getItem(name) ?? undefined;
export const keepToken = (token: string): void => sessionStorage.setItem(name, token);
export const forgetToken = (): void => sessionStorage.removeItem(name);
