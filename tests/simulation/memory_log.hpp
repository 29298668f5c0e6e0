#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/contract/values/ports/entry_log.hpp"
#include "actors/contract/values/ports/log_queries.hpp"
#include "tests/simulation/memory_store.hpp"

namespace parley::simulation {

/// A writer connection to a `memory_store`. What it holds are locks of its backend, like PostgreSQL's.
class memory_entry_log : public entry_log {
public:
  explicit memory_entry_log(std::shared_ptr<memory_store> store, const std::string& node = "simulated",
                            incarnation_id incarnation = {7});
  ~memory_entry_log() override { store_->backends().end(backend_); }
  memory_entry_log(const memory_entry_log&) = delete;
  memory_entry_log& operator=(const memory_entry_log&) = delete;

  outcome<void> open() override;
  outcome<locks_taken> take(std::span<const shard_index> shards) override;
  outcome<void> give_back(std::span<const shard_index> shards) override;
  log_outcome<std::vector<append_result>> append(std::span<const append_item> batch) override;
  log_outcome<std::vector<read_result_item>> mark_read(std::span<const read_item> batch) override;
  [[nodiscard]] std::string epoch() const override { return epoch_; }
  bool alive() override { return store_->backends().stands(backend_); }
  void release() override;
  [[nodiscard]] backend_number backend() const { return backend_; }

protected:
  /// Whether this may be written over this connection.
  template <class Item>
  [[nodiscard]] std::optional<log_failure> obstacle(std::span<const Item> batch);
  [[nodiscard]] memory_store& store() { return *store_; }

private:
  std::shared_ptr<memory_store> store_;
  std::string name_;
  backend_number backend_ = 0;
  std::string epoch_;  // as it was when the connection was made
};

/// A reader connection to a `memory_store`. Pages can be made small, so that few conversations and
/// entries already need several.
class memory_log_queries : public log_queries {
public:
  struct page_sizes {
    std::size_t views = 100;
    std::size_t entries = 100;
    std::size_t members = 200;
  };

  explicit memory_log_queries(std::shared_ptr<memory_store> store)
      : memory_log_queries(std::move(store), page_sizes{}) {}
  memory_log_queries(std::shared_ptr<memory_store> store, page_sizes pages)
      : store_(std::move(store)), pages_(pages) {}

  outcome<std::string> epoch() override { return store_->epoch(); }
  outcome<timestamp_ms> now() override { return store_->now(); }
  outcome<token_holder> identify(std::string_view token) override;
  outcome<std::vector<token_id>> recent_revocations() override { return std::vector<token_id>{}; }
  outcome<conversation_record> load_conversation(conversation_id conversation) override;
  outcome<std::optional<append_result>> find_repeat(conversation_id conversation, user_id sender,
                                                    const entry_draft& draft) override;
  outcome<std::optional<append_result>> find_created(user_id sender, const entry_draft& draft) override;
  outcome<std::vector<conversation_head>> conversations_of(user_id user) override;
  outcome<std::vector<conversation_view>> views(user_id user, std::span<const sync_item> items,
                                                std::size_t tail) override;
  outcome<reply::members> members(user_id user, conversation_id conversation,
                                  const std::optional<std::string>& cursor) override;
  outcome<entries_page> history(user_id user, conversation_id conversation, std::optional<sequence> before,
                                std::optional<sequence> after, std::size_t limit) override;
  outcome<bool> is_member(user_id user, conversation_id conversation) override;
  outcome<entries_page> entries_after(user_id user, conversation_id conversation, sequence after) override;
  outcome<std::optional<message_facts>> find_message(conversation_id conversation, sequence seq) override;
  outcome<std::vector<presence_record>> visible_presence(user_id viewer,
                                                         std::span<const user_id> users) override;
  outcome<timestamp_ms> store_presence(user_id user, bool online, std::chrono::milliseconds since) override;
  outcome<conversation_id> block(user_id blocker, user_id blocked) override;
  outcome<conversation_id> unblock(user_id blocker, user_id blocked) override;
  outcome<std::vector<user_id>> blocked_by(user_id blocker) override { return store_->blocked_by(blocker); }
  outcome<bool> has_blocked(user_id blocker, user_id blocked) override {
    return store_->has_blocked(blocker, blocked);
  }
  outcome<void> may_signal(user_id from, user_id to) override;
  outcome<reply::entries_found> search(user_id user, const request::search& wanted) override;
  outcome<std::vector<user_info>> known_users(std::span<const user_id> users) override;
  outcome<std::vector<user_info>> find_users(std::string_view prefix, std::size_t limit) override;

protected:
  [[nodiscard]] memory_store& store() { return *store_; }

private:
  [[nodiscard]] const memory_store::conversation* seen_by(user_id user, conversation_id id) const;
  [[nodiscard]] member_info member_of(const memory_store::conversation& where, user_id user) const;
  [[nodiscard]] conversation_view view_of(user_id user, conversation_id id,
                                          const memory_store::conversation& where, sequence have,
                                          std::size_t tail) const;

  [[nodiscard]] entries_page page_of(const memory_store::conversation& where, sequence after, sequence last,
                                     std::size_t limit) const;

  std::shared_ptr<memory_store> store_;
  page_sizes pages_;
};

}  // namespace parley::simulation
