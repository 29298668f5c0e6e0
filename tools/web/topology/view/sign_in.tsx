import { useEffect, useRef, useState } from "preact/hooks";
import type { Model } from "../model/model";
import { RecordingField } from "./bits";

export function SignIn({ model }: { model: Model }) {
  const [token, setToken] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const file = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), [model.signInProblem]);
  return (
    <main class="sign-in">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (token.trim()) void model.signIn(token.trim());
        }}
      >
        <h1>Topology</h1>
        <p>Every actor of this Parley cluster: who exists, who talks to whom, how much, and where it queues. Watching needs the operator's token.</p>
        <label for="token">Operator's token</label>
        <input
          ref={field}
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
          aria-invalid={model.signInProblem !== undefined}
          aria-describedby={model.signInProblem ? "sign-in-problem" : undefined}
        />
        {model.signInProblem ? (
          <p class="problem" role="alert" id="sign-in-problem">
            {model.signInProblem}
          </p>
        ) : null}
        <button class="primary" type="submit" disabled={model.isSigningIn || token.trim() === ""}>
          {model.isSigningIn ? "Asking the node…" : "Watch"}
        </button>
        <p class="hint">
          It is in the file <code>operator.token</code> of the first node's data folder (with <code>tools/run</code>, <code>parley-data</code>); <code>parley demo</code>{" "}
          prints an address that holds it. This page keeps it in this tab until it is closed.
        </p>
        <p class="or">
          <button type="button" onClick={() => file.current?.click()}>
            Open a recording or traces
          </button>{" "}
          <span class="hint">from this computer; that needs no token.</span>
        </p>
        <RecordingField model={model} field={file} />
        {model.loading === undefined ? null : <progress aria-label="Reading the recording" max={1} value={model.loading} />}
        {model.notice ? (
          <p class="problem" role="alert">
            {model.notice}
          </p>
        ) : null}
      </form>
    </main>
  );
}
