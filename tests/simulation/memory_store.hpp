#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/contract/values/conversation.hpp"
#include "actors/contract/values/entry.hpp"
#include "actors/contract/values/ids.hpp"
#include "actors/contract/values/ports/entry_log.hpp"
#include "actors/contract/values/ports/log_queries.hpp"
#include "actors/contract/values/shard.hpp"

namespace parley::simulation {

/// What a database holds, in memory: users, tokens, conversations with their logs, and who holds which
/// shard's lock. The two ports over it are in memory_log.hpp. For one thread.
class memory_store {
public:
  struct conversation {
    conversation_kind kind = conversation_kind::group;
    std::optional<std::string> name;
    std::vector<entry> entries;           // entries[i].seq == i + 1
    std::map<user_id, sequence> read;     // of each member
    std::map<user_id, member_role> role;  // of each member; all joined with the `create`
    [[nodiscard]] sequence head() const { return static_cast<sequence>(entries.size()); }
    sequence wasted = 0;  // numbers left out, by a planted fault only
    [[nodiscard]] bool has(user_id user) const { return role.contains(user); }
    /// How many messages stand at or below `seq`.
    [[nodiscard]] int messages_up_to(sequence seq) const;
  };

  explicit memory_store(std::function<timestamp_ms()> clock) : clock_(std::move(clock)) {}

  // People.
  void add_user(const user_info& user, const std::string& token);
  [[nodiscard]] const token_holder* holder_of(std::string_view token) const;
  [[nodiscard]] const std::map<user_id, user_info>& users() const { return users_; }

  // The log. Nobody's lock is looked at here; that is for the port.
  /// Called with each entry at the moment of its commit.
  void on_commit(std::function<void(const entry&)> listener) { listener_ = std::move(listener); }
  /// What one item comes to, by the rules of `entry_log`; writes it when it is new.
  append_result append(const append_item& item);
  /// Writes without looking whether the key was used before; the conversation must exist.
  append_result write(const append_item& item);
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

  // Locks: `holder` is any address that is somebody's own.
  /// Takes all or none; false when somebody else holds one.
  bool take_locks(const void* holder, std::span<const shard_index> shards);
  [[nodiscard]] bool holds(const void* holder, shard_index shard) const;
  void give_back_locks(const void* holder);

private:
  append_result create(const append_item& item);
  append_result commit(conversation_id id, conversation& where, user_id sender, const entry_draft& draft);

  std::function<timestamp_ms()> clock_;
  std::function<void(const entry&)> listener_ = [](const entry&) {};
  std::map<user_id, user_info> users_;
  std::map<std::string, token_holder, std::less<>> tokens_;
  std::map<conversation_id, conversation> conversations_;
  std::map<std::pair<user_id, user_id>, conversation_id> direct_;
  std::map<std::pair<user_id, std::string>, conversation_id> created_;
  std::unordered_map<std::int32_t, const void*> locks_;
};

}  // namespace parley::simulation
