import { useState } from "preact/hooks";
import { Logo, useModel } from "./bits";
import { Chat } from "./chat";
import { ConnectionBar } from "./connection_bar";
import type { Model } from "./model";
import { NewConversation } from "./new_conversation";
import { Sidebar } from "./sidebar";
import { SignIn } from "./sign_in";

function Nothing({ model }: { model: Model }) {
  const isLost = model.opened !== undefined && model.session?.state.is === "online";
  return (
    <section class="chat nothing">
      <Logo />
      <p>{isLost ? "This conversation does not exist, or is not yours." : "Choose a conversation, or start one."}</p>
      {isLost ? <a href="#/">Back to the conversations</a> : null}
    </section>
  );
}

export function App({ model }: { model: Model }) {
  useModel(model);
  const [isStarting, setStarting] = useState(false);
  if (!model.me) return <SignIn model={model} />;
  const { conversation } = model;
  return (
    <main class={`app ${model.opened ? "shows-chat" : "shows-list"}`}>
      <h1 class="visually-hidden">Parley</h1>
      {conversation && !conversation.isLeft ? (
        <a class="skip" href="#composer" onClick={skip}>
          Skip to the message box
        </a>
      ) : null}
      <ConnectionBar model={model} />
      <Sidebar model={model} onNew={() => setStarting(true)} />
      <div class="pane">
        {conversation ? <Chat key={conversation.id} model={model} conversation={conversation} /> : <Nothing model={model} />}
      </div>
      {isStarting ? <NewConversation model={model} onClose={() => setStarting(false)} /> : null}
      <div class="visually-hidden" aria-live="polite" id="announcements">
        {model.announcement}
      </div>
    </main>
  );
}

/** The address names the conversation, so the focus is moved by hand. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("composer")?.focus();
}
