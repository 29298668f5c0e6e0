import { useEffect, useRef, useState } from "preact/hooks";
import type { Model } from "../model/model";
import { stepMs } from "../model/trace_player";
import { Stage } from "../stage/stage";
import { onTheme } from "../stage/theme";
import type { Played } from "../stage/trace_overlay";
import { IconButton, useModel } from "./bits";
import { Help } from "./help";
import { pressed } from "./keys";
import { Legend } from "./legend";
import { Panel } from "./panel";
import { SignIn } from "./sign_in";
import { TimelineBar } from "./timeline_bar";
import { Toolbar } from "./toolbar";
import { counted } from "./words";

export function App({ model }: { model: Model }) {
  useModel(model);
  return model.calls || model.recording ? <Watching model={model} /> : <SignIn model={model} />;
}

function Watching({ model }: { model: Model }) {
  const root = useRef<HTMLDivElement>(null);
  const stage = useRef<Stage | undefined>(undefined);
  const [isHelping, setHelping] = useState(false);
  const [lacks, setLacks] = useState<string>();
  const { shown, selection } = model;
  useEffect(() => {
    try {
      stage.current = new Stage(root.current!, {
        select: (chosen) => model.select(chosen),
        open: (key) => {
          const dot = model.shown?.scene.dots.get(key);
          if (dot?.is === "group") model.toggleGroup(key);
          else if (dot) stage.current?.goTo(dot, 0.04);
        },
      });
    } catch (wrong) {
      setLacks(`The picture needs WebGL 2, which this browser does not offer (${(wrong as Error).message}). The numbers are beside it.`);
      return undefined;
    }
    stage.current.playing = () => played(model);
    const restyle = onTheme(() => stage.current?.restyle());
    return () => {
      restyle();
      stage.current?.kill();
      stage.current = undefined;
    };
  }, []);
  useEffect(() => {
    if (!shown || !stage.current) return;
    stage.current.isStanding = model.at !== undefined;
    stage.current.show(shown, selection);
    root.current!.dataset["drawn"] = String(Number(root.current!.dataset["drawn"] ?? 0) + 1);
    root.current!.dataset["drawMs"] = stage.current.drawMs.toFixed(1);
  }, [shown, selection]);
  const { traces } = model;
  useEffect(() => stage.current?.redraw(), [traces.chosen, traces.step, traces.litAt, traces.isOpen]);
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (pressed(event, model, stage.current, () => setHelping(true))) event.preventDefault();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
  const at = (): Stage | undefined => stage.current;
  const says = shown
    ? `${counted(shown.islands.length, "node")}, ${counted(shown.snapshot.actors.length, "actor")}, ${counted(shown.scene.links.size, "line")}. Arrow keys move, plus and minus zoom, n goes from actor to actor, question mark for more.`
    : "Waiting for the first snapshot";
  return (
    <main
      class="watching"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        const file = event.dataTransfer?.files[0];
        if (file) void model.openFile(file);
      }}
    >
      <Toolbar model={model} stage={at} onHelp={() => setHelping(true)} />
      <section class="picture" aria-label="Picture">
        <div id="graph" tabIndex={0} role="application" aria-roledescription="graph" aria-label={says}>
          <div class="stage" ref={root} />
        </div>
        {lacks ? (
          <p class="lacks problem" role="alert">
            {lacks}
          </p>
        ) : null}
        <div class="banners">
          {model.problem ? (
            <p class="problem" role="alert">
              {model.problem}
            </p>
          ) : null}
          {model.loading === undefined ? null : <progress aria-label="Reading the recording" max={1} value={model.loading} />}
          {model.notice ? (
            <p class="notice" role="status">
              {model.notice}
              <IconButton
                icon="close"
                name="Dismiss"
                onClick={() => {
                  model.notice = undefined;
                  model.changed();
                }}
              />
            </p>
          ) : null}
          {!shown && model.loading === undefined && !model.problem ? <p role="status">Waiting for the first snapshot…</p> : null}
        </div>
        <div class="zoom">
          <IconButton icon="plus" name="Nearer" keys="+" onClick={() => stage.current?.zoom(1.4)} />
          <IconButton icon="minus" name="Farther" keys="−" onClick={() => stage.current?.zoom(1 / 1.4)} />
          <IconButton icon="fit" name="Everything in view" keys="0" onClick={() => stage.current?.fit()} />
        </div>
        {shown ? <Legend model={model} /> : null}
      </section>
      <Panel model={model} stage={at} />
      <TimelineBar model={model} />
      {isHelping ? <Help onClose={() => setHelping(false)} /> : null}
    </main>
  );
}

/** The step that is lit is on its way for a good half of its time. */
function played({ traces }: Model): Played | undefined {
  if (!traces.isOpen || !traces.chosen) return undefined;
  const part = (performance.now() - traces.litAt) / ((0.6 * stepMs) / traces.speed);
  return { trace: traces.chosen, step: traces.step, part: traces.isPlaying ? Math.min(1, part) : 1 };
}
