import { useEffect, useState } from "preact/hooks";
import type { SessionState } from "../client/index";
import type { Model } from "./model";

function Countdown({ until }: { until: number }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  return <span aria-hidden="true">{seconds > 0 ? ` Next try in ${seconds} s.` : " Trying…"}</span>;
}

function words(state: SessionState): string {
  if (state.is === "connecting") return "Connecting…";
  if (state.is === "waiting") return "No connection. What you write is kept and sent when it is back.";
  if (state.is !== "ended") return "";
  if (state.why === "replaced") return "This chat was opened somewhere else.";
  return `The node ended this connection${state.reason ? `: ${state.reason}` : ""}.`;
}

/** Says when there is no connection, and why; empty as long as all is well. */
export function ConnectionBar({ model }: { model: Model }) {
  const state = model.session?.state;
  const isFine = !state || state.is === "online";
  return (
    <div class={`connection ${state?.is ?? ""}`} role="status" data-state={state?.is}>
      {isFine ? null : (
        <>
          <span>
            {words(state)}
            {state.is === "waiting" ? <Countdown until={state.until} /> : null}
          </span>
          {state.is === "waiting" ? (
            <button type="button" class="link" onClick={() => model.session?.nudge()}>
              Try now
            </button>
          ) : null}
          {state.is === "ended" ? (
            <button type="button" class="link" onClick={() => model.session?.resume()}>
              Connect again
            </button>
          ) : null}
        </>
      )}
    </div>
  );
}
