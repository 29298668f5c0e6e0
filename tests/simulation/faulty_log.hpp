#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/contract/values/ports/entry_log.hpp"
#include "actors/contract/values/ports/log_queries.hpp"
#include "tests/simulation/dice.hpp"

namespace parley::simulation {

/// What goes wrong with the log, and how often. Shared by all connections of one simulation.
struct trouble {
  dice chance{0};
  bool on = true;
  double append_fails = 0;     // of batches
  double connection_dies = 0;  // of looks at an idle connection
  double read_fails = 0;       // of questions
  std::function<std::int64_t()> now_ms = [] { return std::int64_t{0}; };
  std::function<void(std::string)> note = [](const std::string&) {};
};

/// A writer connection that fails in all the ways the port allows: broken before, in the middle of, or
/// after a commit; broken with the commit coming to pass only later; fenced; contradicted; not to be opened
/// for a while; broken while it takes or gives locks; and with some of the locks refused.
class faulty_entry_log : public entry_log {
public:
  faulty_entry_log(std::shared_ptr<entry_log> inner, std::shared_ptr<trouble> what)
      : inner_(std::move(inner)), trouble_(std::move(what)) {}

  outcome<void> open() override;
  outcome<locks_taken> take(std::span<const shard_index> shards) override;
  outcome<void> give_back(std::span<const shard_index> shards) override;
  log_outcome<std::vector<append_result>> append(std::span<const append_item> batch) override;
  log_outcome<std::vector<read_result_item>> mark_read(std::span<const read_item> batch) override;
  [[nodiscard]] std::string epoch() const override { return inner_->epoch(); }
  bool alive() override;
  void release() override;

private:
  log_outcome<std::vector<append_result>> fail(std::span<const append_item> batch);
  void lose_connection();
  void settle_late_commit();

  std::shared_ptr<entry_log> inner_;
  std::shared_ptr<trouble> trouble_;
  bool connected_ = false;
  std::vector<append_item> late_;  // the old backend still commits these before it ends
  std::int64_t refused_until_ms_ = 0;
};

/// A reader connection that now and then answers `unavailable`.
class faulty_log_queries : public log_queries {
public:
  faulty_log_queries(std::shared_ptr<log_queries> inner, std::shared_ptr<trouble> what)
      : inner_(std::move(inner)), trouble_(std::move(what)) {}

  outcome<std::string> epoch() override { return inner_->epoch(); }
  outcome<timestamp_ms> now() override {
    return ask<timestamp_ms>([&] { return inner_->now(); });
  }
  outcome<token_holder> identify(std::string_view token) override {
    return ask<token_holder>([&] { return inner_->identify(token); });
  }
  outcome<std::vector<token_id>> recent_revocations() override { return inner_->recent_revocations(); }
  outcome<conversation_record> load_conversation(conversation_id conversation) override {
    return ask<conversation_record>([&] { return inner_->load_conversation(conversation); });
  }
  outcome<std::optional<append_result>> find_repeat(conversation_id conversation, user_id sender,
                                                    const entry_draft& draft) override {
    return ask<std::optional<append_result>>(
        [&] { return inner_->find_repeat(conversation, sender, draft); });
  }
  outcome<std::optional<append_result>> find_created(user_id sender, const entry_draft& draft) override {
    return ask<std::optional<append_result>>([&] { return inner_->find_created(sender, draft); });
  }
  outcome<std::vector<conversation_head>> conversations_of(user_id user) override {
    return ask<std::vector<conversation_head>>([&] { return inner_->conversations_of(user); });
  }
  outcome<std::vector<conversation_view>> views(user_id user, std::span<const sync_item> items,
                                                std::size_t tail) override {
    return ask<std::vector<conversation_view>>([&] { return inner_->views(user, items, tail); });
  }
  outcome<reply::members> members(user_id user, conversation_id conversation,
                                  const std::optional<std::string>& cursor) override {
    return ask<reply::members>([&] { return inner_->members(user, conversation, cursor); });
  }
  outcome<entries_page> history(user_id user, conversation_id conversation, std::optional<sequence> before,
                                std::optional<sequence> after, std::size_t limit) override {
    return ask<entries_page>([&] { return inner_->history(user, conversation, before, after, limit); });
  }
  outcome<bool> is_member(user_id user, conversation_id conversation) override {
    return ask<bool>([&] { return inner_->is_member(user, conversation); });
  }
  outcome<entries_page> entries_after(user_id user, conversation_id conversation, sequence after) override {
    return ask<entries_page>([&] { return inner_->entries_after(user, conversation, after); });
  }
  outcome<std::optional<message_facts>> find_message(conversation_id conversation, sequence seq) override {
    return ask<std::optional<message_facts>>([&] { return inner_->find_message(conversation, seq); });
  }
  outcome<std::vector<presence_record>> visible_presence(user_id viewer,
                                                         std::span<const user_id> users) override {
    return ask<std::vector<presence_record>>([&] { return inner_->visible_presence(viewer, users); });
  }
  outcome<timestamp_ms> store_presence(user_id user, bool online, std::chrono::milliseconds since) override {
    return ask<timestamp_ms>([&] { return inner_->store_presence(user, online, since); });
  }
  outcome<conversation_id> block(user_id blocker, user_id blocked) override {
    return ask<conversation_id>([&] { return inner_->block(blocker, blocked); });
  }
  outcome<conversation_id> unblock(user_id blocker, user_id blocked) override {
    return ask<conversation_id>([&] { return inner_->unblock(blocker, blocked); });
  }
  outcome<std::vector<user_id>> blocked_by(user_id blocker) override {
    return ask<std::vector<user_id>>([&] { return inner_->blocked_by(blocker); });
  }
  outcome<bool> has_blocked(user_id blocker, user_id blocked) override {
    return ask<bool>([&] { return inner_->has_blocked(blocker, blocked); });
  }
  outcome<void> may_signal(user_id from, user_id to) override {
    return ask<void>([&] { return inner_->may_signal(from, to); });
  }
  outcome<reply::entries_found> search(user_id user, const request::search& wanted) override {
    return ask<reply::entries_found>([&] { return inner_->search(user, wanted); });
  }
  outcome<std::vector<user_info>> known_users(std::span<const user_id> users) override {
    return ask<std::vector<user_info>>([&] { return inner_->known_users(users); });
  }
  outcome<std::vector<user_info>> find_users(std::string_view prefix, std::size_t limit) override {
    return ask<std::vector<user_info>>([&] { return inner_->find_users(prefix, limit); });
  }

private:
  template <class T, class Question>
  outcome<T> ask(Question question) {
    if (trouble_->on && trouble_->chance.chance(trouble_->read_fails)) {
      trouble_->note("a read fails");
      return failure{errc::unavailable, "this read was made to fail", {}};
    }
    return question();
  }

  std::shared_ptr<log_queries> inner_;
  std::shared_ptr<trouble> trouble_;
};

}  // namespace parley::simulation
