// The picture: islands below, sigma's actors and edges, moves and marks above, all by one camera.
import Sigma from "sigma";
import { extremityArrow, layerFill, pathCurved, sdfCircle, sdfDiamond, sdfSquare, sdfTriangle } from "sigma/rendering";
import type { Selection, Shown } from "../model/model";
import { graphOf, type DotLook, type LinkLook } from "./graph";
import { drawFlights, drawMark, flightsOf } from "./overlay";
import { layerRing } from "./ring";
import { drawTrace, type Played } from "./trace_overlay";
import { isStill, themeNow, type Theme } from "./theme";
import { drawIslands } from "./underlay";

export interface StageEvents {
  select(selection: Selection): void;
  open(key: string): void;
}

const primitives = () =>
  ({
    nodes: {
      shapes: [sdfCircle(), sdfSquare({ cornerRadius: 0.18 }), sdfTriangle(), sdfDiamond()],
      layers: [layerFill(), layerRing()],
      label: { margin: 7 },
      variables: { ringColor: { type: "color", default: "#00000000" }, ringSize: { type: "number", default: 0 } },
    },
    edges: { paths: [pathCurved({ segments: 10 })], extremities: [extremityArrow({ lengthRatio: 4, widthRatio: 3 })] },
  }) as const;

const styles = (theme: Theme) =>
  ({
    nodes: {
      x: { attribute: "x" },
      y: { attribute: "y" },
      size: { attribute: "size" },
      color: { attribute: "color" },
      shape: { attribute: "shape" },
      opacity: { attribute: "opacity" },
      label: { attribute: "label" },
      ringColor: { attribute: "ringColor" },
      ringSize: { attribute: "ringSize" },
      labelColor: theme.ink,
      labelSize: 12,
      labelFont: "system-ui, sans-serif",
      labelVisibility: (look: DotLook, state: { isHovered: boolean }) => (look.forced || state.isHovered ? "visible" : look.opacity <= 0.5 ? "hidden" : "auto"),
      backdropVisibility: { whenState: "isHovered", then: "visible", else: "hidden" },
      backdropColor: theme.island,
      backdropShadowColor: theme.muted,
      backdropShadowBlur: 6,
      backdropPadding: 5,
      depth: (look: DotLook, state: { isHovered: boolean }) => (state.isHovered ? "topNodes" : look.layer),
      cursor: "pointer",
    },
    edges: {
      path: "curved",
      curvature: 0.13, // to the right of where it goes, so that both directions are seen
      size: { attribute: "size" },
      color: { attribute: "color" },
      opacity: { attribute: "opacity" },
      head: { attribute: "head" },
    },
  }) as never; // sigma's types of styles follow from those of the primitives, which a function hides from them

export class Stage {
  #sigma: Sigma<DotLook, LinkLook>;
  #under: HTMLCanvasElement;
  #over: HTMLCanvasElement;
  #shown: Shown | undefined;
  #selection: Selection;
  #theme = themeNow();
  #flights: ReturnType<typeof flightsOf> = [];
  #flightsSince: number | undefined;
  #flightsOf: string | undefined;
  #frame = 0;
  #sizes: ResizeObserver;
  /** Ms that the last scene took to become a picture; what a test looks at. */
  drawMs = 0;

  /** Throws when the browser has no WebGL 2. */
  constructor(
    readonly root: HTMLElement,
    readonly events: StageEvents,
  ) {
    this.#under = layerOf(root, "under");
    const middle = document.createElement("div");
    middle.className = "middle";
    root.append(middle);
    this.#over = layerOf(root, "over");
    this.#sigma = this.#make(middle);
    this.#sizes = new ResizeObserver(() => {
      if (root.clientWidth > 0 && root.clientHeight > 0) this.#sigma.resize().scheduleRefresh();
    });
    this.#sizes.observe(root);
  }

  #make(middle: HTMLElement): Sigma<DotLook, LinkLook> {
    const graph = graphOf(emptyScene, this.#theme, undefined, undefined);
    const sigma = new Sigma<DotLook, LinkLook>(graph as never, middle, {
      primitives: primitives() as never,
      styles: styles(this.#theme),
      settings: {
        itemSizesReference: "positions",
        zoomToSizeRatioFunction: (ratio) => ratio,
        autoRescale: true,
        allowInvalidContainer: true, // it has no size for a moment when the page goes over to another view
        minEdgeThickness: 0.5,
        stagePadding: 46,
        labelDensity: 0.7,
        labelGridCellSize: 90,
        labelRenderedSizeThreshold: 7,
        minCameraRatio: 0.005,
        maxCameraRatio: 3,
        enableCameraRotation: false,
        zoomDuration: isStill() ? 0 : 180,
        inertiaDuration: isStill() ? 0 : 200,
        nodePickingPadding: 3,
      },
    });
    sigma.on("clickNode", ({ node }) => this.events.select({ is: "dot", key: node }));
    sigma.on("doubleClickNode", ({ node, preventSigmaDefault }) => {
      preventSigmaDefault();
      this.events.open(node);
    });
    sigma.on("clickStage", ({ event }) => {
      const at = sigma.viewportToGraph(event);
      const island = this.#shown?.scene.islands.find((each) => Math.hypot(each.x - at.x, each.y - at.y) <= each.r);
      this.events.select(island ? { is: "island", name: island.name } : undefined);
    });
    sigma.on("afterRender", () => this.#drawAround());
    return sigma;
  }

  show(shown: Shown, selection: Selection): void {
    const began = performance.now();
    this.#shown = shown;
    this.#selection = selection;
    const { scene, changes } = shown;
    this.#frameIslands();
    const chosen = selection?.is === "dot" && scene.dots.has(selection.key) ? selection.key : undefined;
    let near: Set<string> | undefined;
    if (chosen !== undefined) {
      near = new Set([chosen]);
      for (const { from, to } of scene.links.values()) if (from === chosen || to === chosen) near.add(from).add(to);
    }
    this.#flights = flightsOf(scene, changes);
    // The same moves are seen for several snapshots, and fly once.
    const moves = changes.moves.map((each) => `${each.entity}${each.to.id}`).join();
    if (moves !== this.#flightsOf) this.#flightsSince = performance.now();
    this.#flightsOf = moves;
    this.#sigma.setGraph(graphOf(scene, this.#theme, near, chosen) as never);
    this.drawMs = performance.now() - began;
  }

  /** Whether moves stay drawn, since the time that is shown stands still. */
  isStanding = false;

  /** Which step of a trace is played, as often as it is drawn; undefined: none. */
  playing: () => Played | undefined = () => undefined;

  /** Draws what is above the actors anew. */
  redraw(): void {
    this.#drawAround();
  }

  /** Light turned dark, or back: what was made for the other is made anew. */
  restyle(): void {
    this.#theme = themeNow();
    const camera = this.#sigma.getCamera().getState();
    this.#sigma.kill();
    this.#sigma = this.#make(this.root.querySelector<HTMLElement>(".middle")!);
    this.#sigma.getCamera().setState(camera);
    if (this.#shown) this.show(this.#shown, this.#selection);
  }

  #frameIslands(): void {
    const islands = this.#shown!.scene.islands;
    if (islands.length === 0) return;
    const span = (of: (each: { x: number; y: number; r: number }) => [number, number]): [number, number] => [
      Math.min(...islands.map((each) => of(each)[0])),
      Math.max(...islands.map((each) => of(each)[1])),
    ];
    const bounds = { x: span(({ x, r }) => [x - r, x + r]), y: span(({ y, r }) => [y - r, y + r * 1.12]) };
    const now = this.#sigma.getCustomBBox();
    if (!now || now.x[0] !== bounds.x[0] || now.x[1] !== bounds.x[1] || now.y[0] !== bounds.y[0] || now.y[1] !== bounds.y[1])
      this.#sigma.setCustomBBox(bounds);
  }

  #drawAround(): void {
    const shown = this.#shown;
    const toView = (at: { x: number; y: number }) => this.#sigma.graphToViewport(at);
    const under = fitted(this.#under, this.root);
    const over = fitted(this.#over, this.root);
    if (!shown || !under || !over) return;
    drawIslands(under, shown, this.#theme, toView, this.#selection?.is === "island" ? this.#selection.name : undefined);
    const isStatic = isStill() || this.isStanding;
    const age = this.#flightsSince === undefined ? undefined : performance.now() - this.#flightsSince;
    const goesOn = drawFlights(over, this.#flights, this.#theme, toView, (r) => this.#sigma.scaleSize(r), isStatic && (age === undefined || age > 1600 || isStill()) ? undefined : age);
    const selection = this.#selection;
    const chosen = selection?.is === "dot" ? shown.scene.dots.get(selection.key) : undefined;
    if (chosen) drawMark(over, toView(chosen), this.#sigma.scaleSize(chosen.r), this.#theme);
    const played = this.playing();
    const isPlayed = played ? drawTrace(over, isStill() ? { ...played, part: 1 } : played, shown.scene, this.#theme, toView, (r) => this.#sigma.scaleSize(r)) : false;
    if ((goesOn || isPlayed) && !isStill() && !this.#frame)
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#drawAround();
      });
  }

  // The camera

  pan(x: number, y: number): void {
    const camera = this.#sigma.getCamera();
    const step = 0.12 * camera.ratio;
    this.#move({ x: camera.x + x * step, y: camera.y + y * step });
  }

  zoom(factor: number): void {
    this.#move({ ratio: this.#sigma.getCamera().getBoundedRatio(this.#sigma.getCamera().ratio / factor) });
  }

  fit(): void {
    this.#move({ x: 0.5, y: 0.5, ratio: 1, angle: 0 });
  }

  /** Brings a dot or an island into the middle, near enough to see it. */
  goTo(at: { x: number; y: number; r: number }, share: number): void {
    const framed = this.#sigma.graphToFramedGraph(at);
    const edge = this.#sigma.graphToFramedGraph({ x: at.x + at.r, y: at.y });
    const ratio = Math.min(1, Math.abs(edge.x - framed.x) * (2 / share));
    this.#move({ x: framed.x, y: framed.y, ratio: Math.max(0.02, ratio) });
  }

  #move(state: { x?: number; y?: number; ratio?: number; angle?: number }): void {
    if (isStill()) this.#sigma.getCamera().setState(state);
    else void this.#sigma.getCamera().animate(state, { duration: 220 });
  }

  /** All layers as they are on the screen, on one canvas of so many pixels. */
  picture(): HTMLCanvasElement {
    const whole = document.createElement("canvas");
    const stage = this.#sigma.getStageCanvas();
    whole.width = stage.width;
    whole.height = stage.height;
    const context = whole.getContext("2d")!;
    context.fillStyle = this.#theme.ground;
    context.fillRect(0, 0, whole.width, whole.height);
    this.#sigma.refresh(); // what WebGL has drawn is there until this task ends, and no longer
    for (const layer of [this.#under, stage, this.#over]) context.drawImage(layer, 0, 0, whole.width, whole.height);
    return whole;
  }

  kill(): void {
    this.#sizes.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#sigma.kill();
    this.root.replaceChildren();
  }
}

const emptyScene = { dots: new Map(), links: new Map(), islands: [], detail: "actors" as const, dotOfActor: new Map(), dotOfEntity: new Map(), actors: new Map(), groups: new Map() };

function layerOf(root: HTMLElement, name: string): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.className = name;
  root.append(canvas);
  return canvas;
}

/** The canvas cleared, with as many pixels as it has on the screen. */
function fitted(canvas: HTMLCanvasElement, root: HTMLElement): CanvasRenderingContext2D | undefined {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [Math.round(root.clientWidth * ratio), Math.round(root.clientHeight * ratio)];
  if (width === 0 || height === 0) return undefined;
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, root.clientWidth, root.clientHeight);
  return context;
}
