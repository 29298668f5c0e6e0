import { useEffect, useRef, useState } from "preact/hooks";
import type { Conversation } from "../client/index";
import { Avatar, Icon } from "./bits";
import { Composer } from "./composer";
import { Members } from "./members";
import { MessageList } from "./message_list";
import type { Model } from "./model";
import { partnerOf, plural, presenceText, titleOf } from "./words";

function subtitle(model: Model, conversation: Conversation): string {
  const typists = model.typistsOf(conversation);
  if (typists.length > 0)
    return conversation.kind === "direct" ? "writing…" : `${typists.slice(0, 2).join(" and ")} ${typists.length === 1 ? "is" : "are"} writing…`;
  const me = model.me!.id;
  if (conversation.kind === "direct") {
    const partner = partnerOf(conversation, me);
    return partner ? presenceText(model.presence.get(partner.user)) : "";
  }
  const members = plural(conversation.memberCount, "member");
  if (model.presence.size === 0) return members;
  const others = [...conversation.members.keys()].filter((user) => user !== me && model.presence.get(user)?.online);
  return `${members}, ${others.length + 1} online`;
}

export function Chat({ model, conversation }: { model: Model; conversation: Conversation }) {
  const [showsMembers, showMembers] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const me = model.me!.id;
  const title = titleOf(conversation, me);
  const partner = conversation.kind === "direct" ? partnerOf(conversation, me) : undefined;

  useEffect(() => {
    if (!matchMedia("(pointer: fine)").matches) heading.current?.focus();
  }, []);

  const below = subtitle(model, conversation);
  return (
    <section class="chat" aria-labelledby="chat-title">
      <header class="bar">
        <a class="round back" href="#/" aria-label="Back to the conversations">
          <Icon name="back" />
        </a>
        <Avatar
          id={partner?.user ?? conversation.id}
          name={title}
          {...(partner ? {} : { kind: "group" as const })}
          online={partner ? model.presence.get(partner.user)?.online : undefined}
        />
        <div class="chat-names">
          <h2 id="chat-title" ref={heading} tabIndex={-1}>
            <bdi>{title}</bdi>
          </h2>
          {below ? <p class="hint" id="chat-subtitle">{below}</p> : null}
        </div>
        {conversation.kind === "group" ? (
          <button class="round" type="button" aria-label="Members" title="Members" onClick={() => showMembers(true)}>
            <Icon name="people" />
          </button>
        ) : null}
      </header>
      <MessageList model={model} conversation={conversation} />
      <Composer model={model} conversation={conversation} />
      {showsMembers ? <Members model={model} conversation={conversation} onClose={() => showMembers(false)} /> : null}
    </section>
  );
}
