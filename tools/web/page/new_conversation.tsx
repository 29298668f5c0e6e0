import { useEffect, useRef, useState } from "preact/hooks";
import { Refusal, type User } from "../client/index";
import { Avatar, Icon, Problem } from "./bits";
import { Dialog } from "./dialog";
import type { Model } from "./model";
import { plural } from "./words";

const searchAfterMs = 150;
const prefixMin = 2;

function wordsOf(why: unknown): string {
  return why instanceof Refusal ? why.message : "That did not work.";
}

/** People whose names begin as typed, without the user. */
function useSearch(model: Model, prefix: string): { found: User[] | undefined; problem: string } {
  const [found, setFound] = useState<User[] | undefined>();
  const [problem, setProblem] = useState("");
  useEffect(() => {
    setProblem("");
    if ([...prefix].length < prefixMin) return setFound(undefined);
    let isCurrent = true;
    const timer = setTimeout(() => {
      model.session?.findUsers(prefix).then(
        (users) => void (isCurrent && setFound(users.filter(({ id }) => id !== model.me?.id))),
        (why) => void (isCurrent && setProblem(wordsOf(why))),
      );
    }, searchAfterMs);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [prefix]);
  return { found, problem };
}

export function NewConversation({ model, onClose }: { model: Model; onClose: () => void }) {
  const [isGroup, setGroup] = useState(false);
  const [prefix, setPrefix] = useState("");
  const [chosen, setChosen] = useState<User[]>([]);
  const [groupName, setGroupName] = useState("");
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  const search = useSearch(model, prefix.trim());
  const input = useRef<HTMLInputElement>(null);
  const nameMax = model.session?.hello?.limits?.["name_characters"] ?? 64;

  const begin = async (how: () => Promise<string>): Promise<void> => {
    setBusy(true);
    setProblem("");
    try {
      model.open(await how());
      onClose();
    } catch (why) {
      setProblem(wordsOf(why));
      setBusy(false);
    }
  };
  const isChosen = (user: User): boolean => chosen.some(({ id }) => id === user.id);
  const pick = (user: User): void => {
    if (!isGroup) return void begin(() => model.session!.openDirect(user.id));
    setChosen(isChosen(user) ? chosen.filter(({ id }) => id !== user.id) : [...chosen, user]);
    setPrefix("");
    input.current?.focus();
  };
  const createGroup = (event: Event): void => {
    event.preventDefault();
    if (!isGroup || isBusy) return;
    if (!groupName.trim()) return setProblem("Give the group a name.");
    if (chosen.length === 0) return setProblem("Choose at least one person.");
    void begin(() => model.session!.createGroup(groupName.trim(), chosen.map(({ id }) => id)));
  };

  return (
    <Dialog title="New conversation" onClose={onClose}>
      <form onSubmit={createGroup} class="new-conversation">
        <fieldset class="kinds">
          <legend class="visually-hidden">Kind</legend>
          <label>
            <input type="radio" name="kind" checked={!isGroup} onChange={() => setGroup(false)} /> <span>Person</span>
          </label>
          <label>
            <input type="radio" name="kind" checked={isGroup} onChange={() => setGroup(true)} /> <span>Group</span>
          </label>
        </fieldset>
        {isGroup ? (
          <>
            <label for="group-name">Name of the group</label>
            <input id="group-name" value={groupName} maxLength={nameMax} autocomplete="off" onInput={(event) => setGroupName(event.currentTarget.value)} />
            {chosen.length > 0 ? (
              <ul class="chips" aria-label="Chosen people">
                {chosen.map((user) => (
                  <li key={user.id}>
                    <button type="button" class="chip" aria-label={`Remove ${user.name}`} onClick={() => pick(user)}>
                      <bdi>{user.name}</bdi> <Icon name="close" />
                    </button>
                  </li>
                ))}
              </ul>
            ) : null}
          </>
        ) : null}
        <label for="people-search">{isGroup ? "Add people" : "Who do you want to talk to?"}</label>
        <input
          id="people-search"
          ref={input}
          type="search"
          autofocus
          value={prefix}
          placeholder="The first letters of a name"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          onInput={(event) => setPrefix(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault(); // a half-typed name makes no group
            if (search.found?.length === 1) pick(search.found[0]!);
          }}
        />
        <p class="hint" role="status">
          {search.found === undefined
            ? "Two letters are enough."
            : search.found.length === 0
              ? "Nobody has a name that begins like this."
              : `${plural(search.found.length, "person", "people")} found`}
        </p>
        <ul class="people" aria-label="People found">
          {(search.found ?? []).map((user) => (
            <li key={user.id}>
              <button type="button" class="person" disabled={isBusy} aria-pressed={isGroup ? isChosen(user) : undefined} onClick={() => pick(user)}>
                <Avatar id={user.id} name={user.name} online={model.presence.get(user.id)?.online} />
                <span class="person-name"><bdi>{user.name}</bdi></span>
                {isGroup ? <span class="role">{isChosen(user) ? "Chosen" : "Add"}</span> : null}
              </button>
            </li>
          ))}
        </ul>
        {problem || search.problem ? <Problem>{problem || search.problem}</Problem> : null}
        {isGroup ? (
          <button class="primary" type="submit" disabled={isBusy}>
            {isBusy ? "One moment…" : chosen.length > 0 ? `Create group of ${chosen.length + 1}` : "Create group"}
          </button>
        ) : null}
      </form>
    </Dialog>
  );
}
