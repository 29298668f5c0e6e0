import type { Conversation } from "../client/index";
import { Avatar, Icon, Logo } from "./bits";
import type { Model } from "./model";
import { briefTimeOf, partnerOf, plural, previewOf, titleOf } from "./words";

function Item({ model, conversation }: { model: Model; conversation: Conversation }) {
  const me = model.me!.id;
  const title = titleOf(conversation, me);
  const partner = conversation.kind === "direct" ? partnerOf(conversation, me) : undefined;
  const isOnline = partner ? model.presence.get(partner.user)?.online : undefined;
  const { entries } = conversation.log;
  const newest = entries[entries.length - 1];
  const typists = model.typistsOf(conversation);
  return (
    <li>
      <a class="item" href={`#/${conversation.id}`} aria-current={conversation.id === model.opened ? "page" : undefined}>
        <Avatar id={partner?.user ?? conversation.id} name={title} {...(partner ? {} : { kind: "group" as const })} online={isOnline} />
        <span class="item-title">
          <bdi>{title}</bdi>
          {isOnline ? <span class="visually-hidden"> (online)</span> : null}
        </span>
        {newest ? <time class="item-time" dateTime={newest.at}>{briefTimeOf(newest.at)}</time> : null}
        <span class={`item-preview ${typists.length > 0 ? "typing" : ""}`} dir="auto">
          {typists.length > 0 ? "writing…" : previewOf(conversation, me)}
        </span>
        {conversation.unread > 0 ? (
          <span class="badge">
            {conversation.unread > 99 ? "99+" : conversation.unread}
            <span class="visually-hidden"> unread</span>
          </span>
        ) : null}
      </a>
    </li>
  );
}

/** Up and down walk through the list, as an addition to Tab. */
function walk(event: KeyboardEvent): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0) return;
  const links = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLAnchorElement>("a.item")];
  const next = links[links.indexOf(document.activeElement as HTMLAnchorElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

export function Sidebar({ model, onNew }: { model: Model; onNew: () => void }) {
  const { conversations } = model;
  const isOnline = model.session?.state.is === "online";
  const me = model.me!;
  return (
    <div class="sidebar">
      <header class="bar">
        <p class="brand" aria-hidden="true">
          <Logo /> Parley
        </p>
        <button class="round" type="button" aria-label="New conversation" title="New conversation" onClick={onNew} disabled={!isOnline}>
          <Icon name="plus" />
        </button>
      </header>
      <nav aria-label="Conversations" onKeyDown={walk}>
        {conversations.length > 0 ? (
          <ul class="list">
            {conversations.map((each) => (
              <Item key={each.id} model={model} conversation={each} />
            ))}
          </ul>
        ) : isOnline ? (
          <div class="empty">
            <p>No conversations yet.</p>
            <button class="primary" type="button" onClick={onNew}>
              Start one
            </button>
          </div>
        ) : null}
      </nav>
      <footer class="me">
        <Avatar id={me.id} name={me.name} online={isOnline} />
        <span class="me-name">
          <bdi>{me.name}</bdi>
          <span class="hint">{isOnline ? plural(conversations.length, "conversation") : "Not connected"}</span>
        </span>
        <button class="round" type="button" aria-label="Sign out" title="Sign out" onClick={() => model.signOut()}>
          <Icon name="out" />
        </button>
      </footer>
    </div>
  );
}
