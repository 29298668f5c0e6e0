#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/contract/values/conversation.hpp"
#include "actors/contract/values/entry.hpp"
#include "actors/contract/values/ids.hpp"
#include "actors/contract/values/ports/entry_log.hpp"
#include "actors/contract/values/ports/log_queries.hpp"
#include "actors/contract/values/shard.hpp"
#include "tests/simulation/memory_backends.hpp"

namespace parley::simulation {

/// What a database holds, in memory: users, tokens, blocks, presence, conversations with their logs and
/// members, connections with their locks, and nodes. The two ports over it are in memory_log.hpp. For one
/// thread.
class memory_store {
public:
  struct membership {
    member_role role = member_role::member;
    sequence joined = 0;
    sequence left = 0;  // 0: present
  };
  /// A message that was edited or deleted.
  struct touched_text {
    std::string text;
    sequence edited_by = 0;  // the newest edit
    bool deleted = false;
  };
  struct conversation {
    conversation_kind kind = conversation_kind::group;
    std::optional<std::string> name;
    std::vector<entry> entries;              // entries[i].seq == i + 1; as they were written
    std::map<sequence, touched_text> texts;  // by message
    std::map<user_id, membership> members;   // those who left included
    std::map<user_id, sequence> read;
    sequence wasted = 0;  // numbers left out, by a planted fault only

    [[nodiscard]] sequence head() const { return static_cast<sequence>(entries.size()); }
    [[nodiscard]] bool has(user_id user) const;
    [[nodiscard]] sequence read_by(user_id user) const;
    /// How many messages stand at or below `seq`.
    [[nodiscard]] int messages_up_to(sequence seq) const;
    /// An entry as it is read now: a message, and an edit of it, with the text it has now.
    [[nodiscard]] entry as_it_is_now(const entry& written) const;
    /// The same for the places `first` + 1 … `last`.
    [[nodiscard]] std::vector<entry> as_they_are_now(sequence first, sequence last) const;
  };

  explicit memory_store(std::function<timestamp_ms()> clock) : clock_(std::move(clock)) {}

  // People.
  void add_user(const user_info& user, const std::string& token);
  [[nodiscard]] const token_holder* holder_of(std::string_view token) const;
  [[nodiscard]] const std::map<user_id, user_info>& users() const { return users_; }
  void block(user_id blocker, user_id blocked) { blocks_.emplace(blocker, blocked); }
  void unblock(user_id blocker, user_id blocked) { blocks_.erase({blocker, blocked}); }
  [[nodiscard]] bool has_blocked(user_id blocker, user_id blocked) const {
    return blocks_.contains({blocker, blocked});
  }
  [[nodiscard]] std::vector<user_id> blocked_by(user_id blocker) const;
  [[nodiscard]] bool share_a_conversation(user_id one, user_id other) const;
  timestamp_ms store_presence(user_id user, bool online, std::int64_t since_ms);
  [[nodiscard]] presence_record presence_of(user_id user) const;
  /// The direct conversation of the two; none when there is none.
  [[nodiscard]] conversation_id direct_between(user_id one, user_id other) const;

  // The log. Nobody's lock is looked at here; that is for the port.
  /// Called with each entry at the moment of its commit, and the backend that committed it (0: none).
  void on_commit(std::function<void(const entry&, backend_number)> listener) {
    listener_ = std::move(listener);
  }
  void on_commit(std::function<void(const entry&)> listener) {
    listener_ = [listener = std::move(listener)](const entry& written, backend_number) { listener(written); };
  }
  /// What one item comes to, by the rules of `entry_log`; writes it when it is new. `by`: over whose
  /// connection.
  append_result append(const append_item& item, backend_number by = 0);
  /// Writes without looking whether the key was used before; the conversation must exist.
  append_result write(const append_item& item, backend_number by = 0);
  /// Keeps how far somebody has read; never less than before.
  read_result_item mark_read(const read_item& item);
  /// A planted fault: what somebody has read is what they said last.
  read_result_item mark_read_as_said(const read_item& item);
  /// A planted fault: the next entry of this conversation leaves a number out.
  void waste_number(conversation_id id) { ++conversations_.at(id).wasted; }
  [[nodiscard]] std::optional<append_result> find_repeat(conversation_id id, user_id sender,
                                                         const entry_draft& draft) const;
  [[nodiscard]] std::optional<append_result> find_created(user_id sender, const entry_draft& draft) const;

  [[nodiscard]] const conversation* find(conversation_id id) const;
  [[nodiscard]] const std::map<conversation_id, conversation>& conversations() const {
    return conversations_;
  }
  [[nodiscard]] timestamp_ms now() const { return clock_(); }
  /// The name of this history.
  [[nodiscard]] const std::string& epoch() const { return epoch_; }
  void begin_epoch(std::string name) { epoch_ = std::move(name); }

  // Connections, their locks, and the nodes they belong to.
  [[nodiscard]] memory_backends& backends() { return backends_; }
  [[nodiscard]] memory_cluster& cluster() { return cluster_; }

private:
  append_result create(const append_item& item, backend_number by);
  append_result commit(conversation_id id, conversation& where, user_id sender, const entry_draft& draft,
                       backend_number by);

  std::function<timestamp_ms()> clock_;
  std::string epoch_ = "memory";
  std::function<void(const entry&, backend_number)> listener_ = [](const entry&, backend_number) {};
  std::map<user_id, user_info> users_;
  std::map<std::string, token_holder, std::less<>> tokens_;
  std::set<std::pair<user_id, user_id>> blocks_;  // blocker, blocked
  std::map<user_id, presence_record> presence_;
  std::map<conversation_id, conversation> conversations_;
  std::map<std::pair<user_id, user_id>, conversation_id> direct_;
  std::map<std::pair<user_id, std::string>, conversation_id> created_;
  memory_backends backends_;
  memory_cluster cluster_;
};

}  // namespace parley::simulation
