import { Component, createRef, type VNode } from "preact";
import type { Conversation, Entry } from "../client/index";
import { Icon } from "./bits";
import { Message, WaitingMessage } from "./message";
import type { Model } from "./model";
import { dayOf, eventText, nameOf } from "./words";

// Within this many pixels of an edge counts as being there.
const nearEndPx = 60;
const nearStartPx = 240;
const sameBreathMs = 5 * 60_000;

interface Props {
  model: Model;
  conversation: Conversation;
}
interface State {
  isReading: boolean;
  problem: string;
  unseen: number;
}
interface Place {
  first: number;
  fromEnd: number;
  wasAtEnd: boolean;
}

/** The log from what is held of it, the newest at the end; reads older ones when scrolled to its beginning. */
export class MessageList extends Component<Props, State> {
  override state: State = { isReading: false, problem: "", unseen: 0 };
  private readonly scroller = createRef<HTMLDivElement>();
  private isAtEnd = true;
  private last = 0;
  private observer: ResizeObserver | undefined;

  override componentDidMount(): void {
    this.last = this.props.conversation.log.last;
    this.toEnd();
    // The space for the list changes with the composer and the keyboard on a screen.
    this.observer = new ResizeObserver(() => {
      if (this.isAtEnd) this.toEnd();
      else this.fill();
    });
    this.observer.observe(this.scroller.current!);
    this.fill();
  }

  override componentWillUnmount(): void {
    this.observer?.disconnect();
    this.props.model.atEnd(false);
  }

  override getSnapshotBeforeUpdate(): Place {
    const { scrollHeight, scrollTop } = this.scroller.current!;
    return { first: this.firstShown, fromEnd: scrollHeight - scrollTop, wasAtEnd: this.isAtEnd };
  }

  override componentDidUpdate(_: Props, __: State, place: Place): void {
    const { log } = this.props.conversation;
    const box = this.scroller.current!;
    if (place.wasAtEnd) this.toEnd();
    else if (log.first < place.first) box.scrollTop = box.scrollHeight - place.fromEnd;
    const fresh = log.entries.filter((each) => each.seq > this.last && each.kind === "message").length;
    this.last = log.last;
    if (fresh > 0 && !this.isAtEnd) this.setState({ unseen: this.state.unseen + fresh });
    this.firstShown = log.first;
    this.fill();
  }

  override render({ model, conversation }: Props, { isReading, problem, unseen }: State) {
    return (
      <div class="messages-frame">
        <div
          class="messages"
          ref={this.scroller}
          onScroll={this.scrolled}
          role="log"
          aria-live="off"
          aria-label="Messages"
          aria-busy={isReading}
          tabIndex={0}
        >
          <div class="older">
            {problem ? (
              <>
                {problem} <button type="button" class="link" onClick={() => void this.readOlder()}>Try again</button>
              </>
            ) : conversation.log.isWhole || conversation.log.first === 0 ? null : (
              "Reading older messages…"
            )}
          </div>
          <ol>{this.items(model, conversation)}</ol>
        </div>
        {this.isAtEnd ? null : (
          <button type="button" class="to-end" onClick={() => this.jumpToEnd()}>
            <Icon name="down" /> {unseen > 0 ? `${unseen} new` : "Newest"}
          </button>
        )}
      </div>
    );
  }

  private firstShown = this.props.conversation.log.first;

  private items(model: Model, conversation: Conversation): VNode[] {
    const me = model.me!.id;
    const items: VNode[] = [];
    let before: Entry | undefined;
    let day = "";
    let isMarked = false;
    const seen = this.seenBy(conversation, me);
    for (const entry of conversation.log.entries) {
      const text = eventText(conversation, entry, me);
      if (entry.kind !== "message" && text === undefined) continue;
      const today = dayOf(entry.at);
      if (today !== day) {
        items.push(<li key={`day-${entry.seq}`} class="day"><span>{today}</span></li>);
        before = undefined;
      }
      day = today;
      if (!isMarked && entry.seq > model.newAbove && entry.kind === "message" && entry.sender !== me) {
        isMarked = true;
        items.push(<li key="new" class="new"><span>New</span></li>);
        before = undefined;
      }
      if (text !== undefined) {
        items.push(<li key={entry.seq} class="event" data-seq={entry.seq}><bdi>{text}</bdi></li>);
        before = undefined;
        continue;
      }
      const follows = before?.sender === entry.sender && Date.parse(entry.at) - Date.parse(before.at) < sameBreathMs;
      items.push(
        <Message
          key={entry.seq}
          entry={entry}
          sender={nameOf(conversation, entry.sender, me)}
          isOwn={entry.sender === me}
          isFirst={!follows}
          showsName={conversation.kind === "group" && entry.sender !== me}
          seen={entry.seq === seen.seq ? seen.text : ""}
        />,
      );
      before = entry;
    }
    for (const write of model.session!.outbox.of(conversation.id)) {
      if (write.op !== "send") continue;
      const { outbox } = model.session!;
      items.push(
        <WaitingMessage key={write.d.key} write={write} onRetry={() => outbox.retry(write)} onDiscard={() => outbox.discard(write)} />,
      );
    }
    return items;
  }

  /** The newest own message that somebody has read, and who. */
  private seenBy(conversation: Conversation, me: string): { seq: number; text: string } {
    const others = [...conversation.members.values()].filter(({ user }) => user !== me);
    const { entries } = conversation.log;
    for (let i = entries.length - 1; i >= 0; --i) {
      const { seq, kind, sender } = entries[i]!;
      if (kind !== "message" || sender !== me) continue;
      const readers = others.filter(({ read }) => read >= seq);
      if (readers.length === 0) continue;
      if (conversation.kind === "direct") return { seq, text: "Seen" };
      if (readers.length === others.length && others.length > 1) return { seq, text: "Seen by everybody" };
      const names = readers.slice(0, 3).map(({ name }) => name).join(", ");
      return { seq, text: `Seen by ${names}${readers.length > 3 ? ` and ${readers.length - 3} more` : ""}` };
    }
    return { seq: 0, text: "" };
  }

  private readonly scrolled = (): void => {
    const box = this.scroller.current!;
    const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < nearEndPx;
    if (isAtEnd !== this.isAtEnd) {
      this.isAtEnd = isAtEnd;
      this.setState({ unseen: 0 });
      this.props.model.atEnd(isAtEnd);
    }
    this.fill();
  };

  private toEnd(): void {
    const box = this.scroller.current!;
    box.scrollTop = box.scrollHeight;
    this.isAtEnd = true;
    this.props.model.atEnd(true);
  }

  private jumpToEnd(): void {
    this.toEnd();
    this.setState({ unseen: 0 });
    this.scroller.current!.focus();
  }

  /** Reads older messages when the beginning is near, or the list does not fill its space. */
  private fill(): void {
    if (this.state.isReading || this.state.problem) return;
    if (this.scroller.current!.scrollTop < nearStartPx) void this.readOlder();
  }

  private async readOlder(): Promise<void> {
    const { model, conversation } = this.props;
    if (conversation.log.isWhole || model.session?.state.is !== "online" || conversation.isLeft) return;
    this.setState({ isReading: true, problem: "" });
    try {
      await model.session.readOlder(conversation.id);
      this.setState({ isReading: false });
    } catch (why) {
      const isOffline = model.session?.state.is !== "online"; // comes again by itself
      this.setState({ isReading: false, problem: isOffline ? "" : "Older messages could not be read." });
      console.debug("history:", why);
    }
  }
}
