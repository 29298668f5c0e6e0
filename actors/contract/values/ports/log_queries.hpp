#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/contract/values/conversation.hpp"
#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/ids.hpp"
#include "actors/contract/values/ports/entry_log.hpp"
#include "actors/contract/values/reply.hpp"
#include "actors/contract/values/request.hpp"

namespace parley {

/// Who a token belongs to.
struct token_holder {
  token_id token;
  user_info user;
};

/// What to read of one conversation for `sync`.
struct sync_item {
  conversation_id conversation;
  sequence have = 0;
};

/// A message as far as edits and deletes are concerned.
struct message_facts {
  user_id sender;
  bool deleted = false;
};

/// What is known of a user's presence beside the live sessions.
struct presence_record {
  user_id user;
  bool was_online = false;  // by the last that was stored; true after a crash of the user's node
  std::optional<timestamp_ms> last_seen;
};

/// One reader connection to the log. Calls block; one thread uses it (a detached actor). Every failure
/// is `unavailable` unless said otherwise. What a user may read is decided in the reading statement
/// itself: members see the whole log, those who left see it up to and including their own `leave`
/// (for healing only; `history` and the like are `not_found` to them).
class log_queries {
public:
  /// An answer has at most this many bytes as a client gets it, but at least one entry.
  static constexpr std::size_t page_bytes_max = 1'048'576;

  virtual ~log_queries() = default;
  /// The database's own name for its history; another one after a restore from a backup.
  virtual outcome<std::string> epoch() = 0;
  virtual outcome<timestamp_ms> now() = 0;
  /// `unauthenticated` for a token that is not good.
  virtual outcome<token_holder> identify(std::string_view token) = 0;
  /// Tokens revoked during the last 10 s.
  virtual outcome<std::vector<token_id>> recent_revocations() = 0;

  /// What the conversation's actor starts from; `not_found` without a row.
  virtual outcome<conversation_record> load_conversation(conversation_id conversation) = 0;
  /// What became of this draft of this sender if its key was used before: `repeated` or `conflicting`.
  virtual outcome<std::optional<append_result>> find_repeat(conversation_id conversation, user_id sender,
                                                            const entry_draft& draft) = 0;
  /// The same for a `create`: the direct conversation of the pair, or the group made with this key.
  virtual outcome<std::optional<append_result>> find_created(user_id sender, const entry_draft& draft) = 0;

  /// Every conversation the user is a member of, newest activity first.
  virtual outcome<std::vector<conversation_head>> conversations_of(user_id user) = 0;
  /// The conversations as the user sees them, in the order asked, each with the newest `tail` entries
  /// above `have`; stops early when `page_bytes_max` is reached (at least one is returned), and leaves
  /// out what the user is no member of. `reset` is set where `have` was above the head.
  virtual outcome<std::vector<conversation_view>> views(user_id user, std::span<const sync_item> items,
                                                        std::size_t tail) = 0;
  /// `not_found` for others than present members, as the other reads below.
  virtual outcome<reply::members> members(user_id user, conversation_id conversation,
                                          const std::optional<std::string>& cursor) = 0;
  virtual outcome<entries_page> history(user_id user, conversation_id conversation,
                                        std::optional<sequence> before, std::optional<sequence> after,
                                        std::size_t limit) = 0;
  /// Whether the user is a present member; never `not_found`.
  virtual outcome<bool> is_member(user_id user, conversation_id conversation) = 0;
  /// For healing: entries as pushed (kinds edit and delete included), ascending, after `after`; for
  /// somebody who left, up to the own `leave`; `not_found` for who never was a member.
  virtual outcome<entries_page> entries_after(user_id user, conversation_id conversation, sequence after) = 0;

  /// The message at this place; nothing when the entry there is none, or there is no entry.
  virtual outcome<std::optional<message_facts>> find_message(conversation_id /*conversation*/,
                                                             sequence /*seq*/) {
    return std::optional<message_facts>{};
  }

  // What is kept by user. The writing ones are answered after their commit.
  /// Those of `users` whose presence `viewer` may see: they share a conversation and have not blocked
  /// the viewer. The viewer themselves may.
  virtual outcome<std::vector<presence_record>> visible_presence(user_id /*viewer*/,
                                                                 std::span<const user_id> /*users*/) {
    return std::vector<presence_record>{};
  }
  /// Stores that the user came, or went `since` ago; the time of the latter by the database's clock.
  virtual outcome<timestamp_ms> store_presence(user_id /*user*/, bool /*online*/,
                                               std::chrono::milliseconds /*since*/) {
    return timestamp_ms{0};
  }
  /// The direct conversation of the two, if there is one; `not_found` without such a user, `too_large`
  /// above 1,000 blocked users.
  virtual outcome<conversation_id> block(user_id /*blocker*/, user_id /*blocked*/) {
    return conversation_id{};
  }
  virtual outcome<conversation_id> unblock(user_id /*blocker*/, user_id /*blocked*/) {
    return conversation_id{};
  }
  virtual outcome<std::vector<user_id>> blocked_by(user_id /*blocker*/) { return std::vector<user_id>{}; }
  virtual outcome<bool> has_blocked(user_id /*blocker*/, user_id /*blocked*/) { return false; }
  /// Empty when `from` may address `to` directly; `not_found` unless they share a conversation (or are
  /// the same), `forbidden` when `to` has blocked `from`.
  virtual outcome<void> may_signal(user_id /*from*/, user_id /*to*/) { return {}; }
  /// Messages of the user's present conversations that hold all the words, newest first; at most
  /// `page_bytes_max`. `bad_request` for a cursor that is none, `not_found` for a conversation
  /// the user is no member of.
  virtual outcome<reply::entries_found> search(user_id /*user*/, const request::search& /*wanted*/) {
    return reply::entries_found{};
  }

  /// Those of `users` that exist.
  virtual outcome<std::vector<user_info>> known_users(std::span<const user_id> users) = 0;
  /// Users whose name begins with `prefix`, case ignored, by name.
  virtual outcome<std::vector<user_info>> find_users(std::string_view prefix, std::size_t limit) = 0;
};

}  // namespace parley
