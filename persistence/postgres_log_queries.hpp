#pragma once

#include <spdlog/spdlog.h>

#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "actors/contract/values/ports/log_queries.hpp"

namespace parley {

/// A reader connection to PostgreSQL. Connects when first asked and again after a failure.
class postgres_log_queries : public log_queries {
public:
  postgres_log_queries(std::string url, std::string node);

  /// What `parleyd --check` says about the server, a line each; a line that begins with "warning" names a
  /// risk.
  outcome<std::string> describe_server();
  outcome<std::string> epoch() override;
  outcome<timestamp_ms> now() override;
  outcome<token_holder> identify(std::string_view token) override;
  outcome<std::vector<token_id>> recent_revocations() override;
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
  outcome<std::vector<user_id>> blocked_by(user_id blocker) override;
  outcome<bool> has_blocked(user_id blocker, user_id blocked) override;
  outcome<void> may_signal(user_id from, user_id to) override;
  outcome<std::vector<user_info>> known_users(std::span<const user_id> users) override;
  outcome<std::vector<user_info>> find_users(std::string_view prefix, std::size_t limit) override;

private:
  /// Runs a read; a connection that is found broken is replaced once.
  template <class Read>
  auto run(Read read) -> decltype(read(std::declval<pqxx::nontransaction&>()));
  pqxx::connection& connection();

  std::string options_;
  std::unique_ptr<pqxx::connection> connection_;
};

template <class Read>
auto postgres_log_queries::run(Read read) -> decltype(read(std::declval<pqxx::nontransaction&>())) {
  const failure unavailable{errc::unavailable, "the database cannot be reached; try again", {}};
  for (int attempt = 0;; ++attempt) {
    try {
      pqxx::nontransaction work{connection()};
      return read(work);
    } catch (const pqxx::broken_connection& problem) {
      connection_.reset();
      if (attempt == 0) continue;
      spdlog::warn("a reader's connection failed: {}", problem.what());
      return unavailable;
    } catch (const std::exception& problem) {
      spdlog::warn("a read failed: {}", problem.what());
      connection_.reset();
      return unavailable;
    }
  }
}

}  // namespace parley
