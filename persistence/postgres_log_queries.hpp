#pragma once

#include <chrono>
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "actors/contract/values/log_event.hpp"
#include "actors/contract/values/node_counters.hpp"
#include "actors/contract/values/ports/log_queries.hpp"
#include "persistence/sql_problem.hpp"
#include "persistence/watched_connection.hpp"

namespace parley {

/// A reader connection to PostgreSQL. Connects when first asked and again after a failure.
class postgres_log_queries : public log_queries {
public:
  postgres_log_queries(std::string url, std::string node, std::chrono::milliseconds call_limit = hung_after);

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
  outcome<reply::entries_found> search(user_id user, const request::search& wanted) override;
  outcome<std::vector<user_info>> known_users(std::span<const user_id> users) override;
  outcome<std::vector<user_info>> find_users(std::string_view prefix, std::size_t limit) override;

private:
  /// Runs a read; a connection that is found broken is replaced once.
  template <class Read>
  auto run(Read read) -> decltype(read(std::declval<pqxx::nontransaction&>()));
  watched_connection& connection();
  /// Whether what failed may be tried once more: a connection that broke at once, not one that hung.
  [[nodiscard]] bool broke_at_once(std::chrono::steady_clock::time_point began) const;

  std::string options_;
  std::chrono::milliseconds call_limit_;
  std::unique_ptr<watched_connection> connection_;
};

template <class Read>
auto postgres_log_queries::run(Read read) -> decltype(read(std::declval<pqxx::nontransaction&>())) {
  for (int attempt = 0;; ++attempt) {
    const auto began = std::chrono::steady_clock::now();
    try {
      auto& watched = connection();
      const watched_connection::bounded limited{watched};
      pqxx::nontransaction work{watched.connection()};
      return read(work);
    } catch (const std::exception& problem) {
      const auto* refused = dynamic_cast<const pqxx::sql_error*>(&problem);
      if (refused != nullptr && is_fault_of_data(*refused)) {
        log(severity::error, "read_impossible", "a read cannot be answered",
            {{"sqlstate", refused->sqlstate()}});
        return failure{errc::internal, "the database cannot answer this", {}};
      }
      const bool again = attempt == 0 && broke_at_once(began);
      connection_.reset();
      counters.reader.errors.add();
      if (again) continue;
      log(severity::warning, "read_failed", "a read failed", {{"why", problem.what()}});
      return failure{errc::unavailable, "the database cannot be reached; try again", {}};
    }
  }
}

}  // namespace parley
