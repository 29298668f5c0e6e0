import { useRef, useState } from "preact/hooks";
import { Refusal } from "../client/index";
import { Logo, Problem } from "./bits";
import type { Model } from "./model";

const passwordMin = 8;

function reasonOf(why: unknown, isNew: boolean): string {
  if (!(why instanceof Refusal)) return "That did not work. Please try again.";
  if (why.code === "conflict" && isNew) return "This name is taken. Choose another, or sign in if it is yours.";
  if (why.code === "unauthenticated") return "Name and password do not fit together.";
  if (why.code === "rate_limited")
    return `Too many attempts. Try again in ${Math.max(1, Math.ceil(why.retryAfterMs / 1000))} seconds.`;
  return why.message.charAt(0).toUpperCase() + why.message.slice(1);
}

export function SignIn({ model }: { model: Model }) {
  const [isNew, setNew] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const form = useRef<HTMLFormElement>(null);

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const fields = new FormData(form.current!);
    const name = String(fields.get("name")).trim();
    const password = String(fields.get("password"));
    if (!name) return setProblem("Please give your name.");
    if (isNew && [...password].length < passwordMin)
      return setProblem(`The password needs at least ${passwordMin} characters.`);
    setBusy(true);
    setProblem("");
    try {
      await model.signIn(name, password, { isNew, keep: fields.get("keep") === "on" });
    } catch (why) {
      setProblem(reasonOf(why, isNew));
      setBusy(false);
    }
  };

  return (
    <main class="sign-in">
      <form class="card" ref={form} onSubmit={submit} aria-labelledby="sign-in-title" noValidate>
        <p class="brand">
          <Logo /> Parley
        </p>
        <h1 id="sign-in-title">{isNew ? "Create your account" : "Sign in"}</h1>
        {model.notice && !problem ? <p class="notice" role="status">{model.notice}</p> : null}
        <label for="name">Name</label>
        <input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck={false} maxLength={64} required autofocus />
        <label for="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete={isNew ? "new-password" : "current-password"}
          aria-describedby={isNew ? "password-hint" : undefined}
          required
        />
        {isNew ? <p id="password-hint" class="hint">At least {passwordMin} characters.</p> : null}
        <label class="check">
          <input type="checkbox" name="keep" /> Keep me signed in here
        </label>
        {problem ? <Problem>{problem}</Problem> : null}
        <button class="primary" type="submit" disabled={isBusy}>
          {isBusy ? "One moment…" : isNew ? "Create account" : "Sign in"}
        </button>
        <p class="switch">
          {isNew ? "Have an account already?" : "New here?"}{" "}
          <button
            class="link"
            type="button"
            onClick={() => {
              setNew(!isNew);
              setProblem("");
            }}
          >
            {isNew ? "Sign in instead" : "Create an account"}
          </button>
        </p>
      </form>
    </main>
  );
}
