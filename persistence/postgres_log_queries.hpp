#pragma once

#include <memory>
#include <pqxx/pqxx>
#include <string>

#include "actors/contract/values/ports/log_queries.hpp"

namespace parley {

/// A reader connection to PostgreSQL. Connects when first asked and again after a failure.
class postgres_log_queries : public log_queries {
public:
  postgres_log_queries(std::string url, std::string node);

  /// What `parleyd --check` says about the server, a line each; a line that begins with "warning" names a risk.
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

}  // namespace parley
