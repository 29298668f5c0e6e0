// Circles in a disc without overlap: each new one takes the free place nearest to the middle, and stays there.

const golden = Math.PI * (3 - Math.sqrt(5));
const cell = 40;
const touch = 0.01;
/** Between the places that are tried for a circle of this size, which is a fourth of a doubling. */
const pitchOf = (size: number): number => Math.max(1.5, 2 ** (size / 4) * 0.3);

export interface Place {
  x: number;
  y: number;
  r: number;
}

/** The `at`-th point of a sunflower of this pitch: dense, even, and without a direction. */
export function sunflower(at: number, pitch: number): { x: number; y: number } {
  const r = pitch * Math.sqrt(at);
  return { x: r * Math.cos(at * golden), y: r * Math.sin(at * golden) };
}

export class Packing {
  #all = new Set<Place>();
  #cells = new Map<number, Set<Place>>();
  // Where the search for a circle of this size went on last time: what was full before still is, until something is freed.
  #tried = new Map<number, number>();

  /** A free place for a circle of this radius; it is taken from now on. */
  take(r: number): Place {
    const size = Math.max(1, Math.ceil(Math.log2(r) * 4));
    const pitch = pitchOf(size);
    let at = this.#tried.get(size) ?? 0;
    for (;; ++at) {
      const { x, y } = sunflower(at, pitch);
      if (!this.#isFree(x, y, r)) continue;
      const place = { x, y, r };
      this.#put(place);
      this.#tried.set(size, at);
      return place;
    }
  }

  free(place: Place): void {
    this.#each(place.x, place.y, place.r, (key) => {
      this.#cells.get(key)?.delete(place);
      return true;
    });
    this.#all.delete(place);
    // There is room now for what is not larger, no farther out than here.
    const out = Math.hypot(place.x, place.y) + place.r;
    for (const [size, at] of this.#tried) this.#tried.set(size, Math.min(at, Math.floor((Math.max(0, out - 2 * place.r) / pitchOf(size)) ** 2)));
  }

  /** Radius of the disc that holds everything. */
  extent(): number {
    let most = 0;
    for (const { x, y, r } of this.#all) most = Math.max(most, Math.hypot(x, y) + r);
    return most;
  }

  #put(place: Place): void {
    this.#each(place.x, place.y, place.r, (key) => {
      const places = this.#cells.get(key);
      if (places) places.add(place);
      else this.#cells.set(key, new Set([place]));
      return true;
    });
    this.#all.add(place);
  }

  #isFree(x: number, y: number, r: number): boolean {
    return this.#each(x, y, r, (key) => {
      const places = this.#cells.get(key);
      if (places)
        for (const other of places) {
          const apart = r + other.r - touch;
          if ((x - other.x) ** 2 + (y - other.y) ** 2 < apart * apart) return false;
        }
      return true;
    });
  }

  /** Calls for every cell that a circle touches, until a call says no; returns whether none did. */
  #each(x: number, y: number, r: number, call: (key: number) => boolean): boolean {
    const [left, right, low, high] = [Math.floor((x - r) / cell), Math.floor((x + r) / cell), Math.floor((y - r) / cell), Math.floor((y + r) / cell)];
    for (let column = left; column <= right; ++column) for (let row = low; row <= high; ++row) if (!call(column * 65_536 + row)) return false;
    return true;
  }
}
