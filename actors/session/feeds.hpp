#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "actors/contract/values/conversation.hpp"
#include "actors/contract/values/ids.hpp"
#include "actors/contract/values/node_counters.hpp"

namespace parley {

/// What a connection has been shown of each of its user's conversations, and what it still has to be.
///
/// A pushed entry is only a hint: it is shown when it is the next one, otherwise the highest head is
/// remembered and the hole is mended from the log, one conversation at a time. Slow, newly connected
/// and failed over are all the same here: behind.
class feeds {
public:
  enum class decision : std::uint8_t { show, ignore, mend };

  /// Pushes begin: these are the heads answered by the first `sync`.
  void begin(std::span<const conversation_head> heads);
  [[nodiscard]] bool begun() const { return begun_; }
  /// The conversation, of which the user is a member since `joined`, was described to the client in a row
  /// of `sync`. Where pushes stand stays as it is: a later `sync` takes nothing out of them.
  void described(conversation_id conversation, sequence joined);
  /// Makes a conversation known that the user joined; it is described to the client before anything
  /// of it is shown.
  void joined(conversation_id conversation);
  [[nodiscard]] bool knows(conversation_id conversation) const { return feeds_.contains(conversation); }

  /// A live entry: `show` means it is the next one and may be pushed now; `mend` that mending is needed.
  decision arrived(conversation_id conversation, sequence seq);
  /// Somebody says that the log reaches up to `head`.
  decision head_is(conversation_id conversation, sequence head);
  /// The entry was pushed to the outbox.
  void shown(conversation_id conversation, sequence seq);

  /// The next conversation to mend, unless one is being mended; it then is.
  std::optional<conversation_id> start_mending();
  /// What the conversation being mended needs: a description first, or entries after `last_shown`.
  [[nodiscard]] bool needs_description(conversation_id conversation) const;
  [[nodiscard]] sequence last_shown(conversation_id conversation) const;
  /// How far the log reaches, as far as is known here.
  [[nodiscard]] sequence head(conversation_id conversation) const;
  /// The log showed the description: shown up to `shown`, the log's head is `head`.
  void announced(conversation_id conversation, sequence shown, sequence head);
  /// The log has no more for this user: nothing is missing.
  void complete(conversation_id conversation);
  /// Ends one round of mending; the conversation stands in line again while something is missing.
  void stop_mending(conversation_id conversation);
  /// The user's own `leave` was shown: nothing more is, unless they join again, and then from there.
  void left(conversation_id conversation);
  /// The user may not read it any more.
  void forget(conversation_id conversation);

private:
  /// Who was added again to one that was forgotten here is shown it from the new `join` on.
  static constexpr std::size_t left_max = 1'000;
  struct feed {
    sequence shown = 0;
    sequence head = 0;
    bool described = false;
    bool queued = false;
    bool joined_again = false;  // shown up to the own `leave` before
  };
  void enqueue(conversation_id conversation, feed& of);
  void count_behind() { behind_.is(queue_.size() + (mending_ ? 1 : 0)); }
  [[nodiscard]] static bool is_behind(const feed& of) {
    return !of.described ? of.head > 0 : of.shown < of.head;
  }

  std::unordered_map<conversation_id, feed> feeds_;
  std::list<conversation_id> queue_;  // each at most once; a deque takes 600 bytes when empty
  std::unordered_map<conversation_id, sequence> left_;  // the own `leave`; bounded by `left_max`
  std::optional<conversation_id> mending_;
  level_share behind_{counters.conversations_behind};
  bool begun_ = false;
};

}  // namespace parley
