import type { Conversation } from "../client/index";
import { Avatar } from "./bits";
import { Dialog } from "./dialog";
import type { Model } from "./model";
import { plural, presenceText, titleOf } from "./words";

export function Members({ model, conversation, onClose }: { model: Model; conversation: Conversation; onClose: () => void }) {
  const me = model.me!.id;
  const members = [...conversation.members.values()].sort((a, b) => {
    const online = (user: string): number => (user === me || model.presence.get(user)?.online ? 0 : 1);
    return online(a.user) - online(b.user) || a.name.localeCompare(b.name);
  });
  return (
    <Dialog title={titleOf(conversation, me)} onClose={onClose}>
      <p class="hint">{plural(conversation.memberCount, "member")}</p>
      <ul class="people" aria-label="Members">
        {members.map(({ user, name, role }) => {
          const presence = model.presence.get(user);
          return (
            <li key={user} class="person">
              <Avatar id={user} name={name} online={user === me || presence?.online} />
              <span class="person-name">
                <span>
                  <bdi>{name}</bdi>
                  {user === me ? " (you)" : ""}
                </span>
                <span class="hint">{user === me ? "Online" : presenceText(presence)}</span>
              </span>
              {role === "member" ? null : <span class="role">{role}</span>}
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
}
