// The view as files. Nothing leaves the browser otherwise.
import { lookOf, kindOrder } from "../model/kinds";
import type { Model } from "../model/model";
import { themeNow } from "../stage/theme";
import type { Stage } from "../stage/stage";

function save(name: string, bytes: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(bytes);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const nameOf = (model: Model, ending: string): string => `parley-topology-${model.shown!.snapshot.taken_at.replace(/[:.]/g, "-")}.${ending}`;

export function exportSnapshot(model: Model): void {
  if (!model.shown) return;
  save(nameOf(model, "json"), new Blob([`${JSON.stringify(model.shown.snapshot)}\n`], { type: "application/json" }));
}

/** The picture as it is, with a line that says of what and when, and the kinds that are in it. */
export function exportPicture(model: Model, stage: Stage | undefined): void {
  if (!model.shown || !stage) return;
  const { snapshot, scene } = model.shown;
  const picture = stage.picture();
  const ratio = devicePixelRatio || 1;
  const band = 58 * ratio;
  const whole = document.createElement("canvas");
  whole.width = picture.width;
  whole.height = picture.height + band;
  const context = whole.getContext("2d")!;
  const theme = themeNow();
  context.fillStyle = theme.ground;
  context.fillRect(0, 0, whole.width, whole.height);
  context.drawImage(picture, 0, 0);
  context.scale(ratio, ratio);
  const y = picture.height / ratio;
  context.fillStyle = theme.ink;
  context.font = "13px system-ui, sans-serif";
  const edges = model.view.graph === "flows" ? "flows between entities" : "messages between actors";
  context.fillText(`Parley, ${snapshot.taken_at}, ${edges}, skew ${snapshot.skew_ms} ms, ${snapshot.actors.length} actors, ${scene.links.size} edges drawn`, 12, y + 20);
  let x = 12;
  for (const kind of [...new Set([...scene.dots.values()].map((each) => each.kind))].sort(kindOrder)) {
    const look = lookOf(kind);
    context.fillStyle = look.colours[theme.index];
    context.beginPath();
    if (look.shape === "circle") context.arc(x + 6, y + 41, 6, 0, 2 * Math.PI);
    else if (look.shape === "square") context.rect(x + 0.5, y + 35.5, 11, 11);
    else for (const [px, py] of look.shape === "triangle" ? [[6, 35], [13, 47], [-1, 47]] : [[6, 34], [13, 41], [6, 48], [-1, 41]]) context.lineTo(x + px!, y + py!);
    context.fill();
    context.fillStyle = theme.ink;
    context.fillText(kind, x + 18, y + 46);
    x += 34 + context.measureText(kind).width;
  }
  whole.toBlob((bytes) => bytes && save(nameOf(model, "png"), bytes), "image/png");
}
