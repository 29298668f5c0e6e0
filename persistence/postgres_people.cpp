// What a reader connection answers and keeps about people: presence, blocks, who may address whom.
#include "persistence/people_statements.hpp"
#include "persistence/postgres_log_queries.hpp"
#include "persistence/sql_array.hpp"

namespace parley {

namespace {

constexpr std::int64_t blocked_users_max = 1'000;

conversation_id direct_conversation_of(pqxx::nontransaction& work, user_id one, user_id other) {
  const auto rows = work.exec_params(query::direct_conversation, one.value, other.value);
  return rows.empty() ? conversation_id{} : conversation_id{rows[0][0].as<std::int64_t>()};
}

}  // namespace

outcome<std::optional<message_facts>> postgres_log_queries::find_message(conversation_id conversation,
                                                                         sequence seq) {
  return run([&](auto& work) -> outcome<std::optional<message_facts>> {
    const auto rows = work.exec_prepared("find_message", conversation.value, seq);
    if (rows.empty()) return std::optional<message_facts>{};
    return std::optional{message_facts{{rows[0]["sender_id"].template as<std::int64_t>()},
                                       rows[0]["deleted"].template as<bool>()}};
  });
}

outcome<std::vector<presence_record>> postgres_log_queries::visible_presence(user_id viewer,
                                                                             std::span<const user_id> users) {
  return run([&](auto& work) -> outcome<std::vector<presence_record>> {
    sql_array ids;
    for (const auto user : users) ids.add(user.value);
    std::vector<presence_record> records;
    for (const auto& row : work.exec_prepared("visible_presence", viewer.value, ids.finish())) {
      presence_record record;
      record.user = {row["user_id"].template as<std::int64_t>()};
      record.was_online = row["online"].template as<bool>();
      if (!row["last_seen_ms"].is_null()) record.last_seen = row["last_seen_ms"].template as<timestamp_ms>();
      records.push_back(record);
    }
    return records;
  });
}

outcome<timestamp_ms> postgres_log_queries::store_presence(user_id user, bool online,
                                                           std::chrono::milliseconds since) {
  return run([&](auto& work) -> outcome<timestamp_ms> {
    const auto rows = work.exec_prepared("store_presence", user.value, online, since.count());
    if (rows.empty()) return no_such_user();
    return rows[0][0].template as<timestamp_ms>();
  });
}

outcome<conversation_id> postgres_log_queries::block(user_id blocker, user_id blocked) {
  if (blocker == blocked) return failure{errc::bad_request, "nobody can block themselves", {}};
  return run([&](auto& work) -> outcome<conversation_id> {
    const auto row = work.exec_prepared("block", blocker.value, blocked.value, blocked_users_max)[0];
    if (!row["known"].template as<bool>()) return no_such_user();
    if (!row["blocked"].template as<bool>())
      return failure{
          errc::too_large,
          "at most " + std::to_string(blocked_users_max) + " users can be blocked: unblock one first",
          {}};
    return direct_conversation_of(work, blocker, blocked);
  });
}

outcome<conversation_id> postgres_log_queries::unblock(user_id blocker, user_id blocked) {
  return run([&](auto& work) -> outcome<conversation_id> {
    work.exec_prepared("unblock", blocker.value, blocked.value);
    return direct_conversation_of(work, blocker, blocked);
  });
}

outcome<std::vector<user_id>> postgres_log_queries::blocked_by(user_id blocker) {
  return run([&](auto& work) -> outcome<std::vector<user_id>> {
    std::vector<user_id> users;
    for (const auto& row : work.exec_params(
             "select blocked_id from blocks where blocker_id = $1 order by blocked_id", blocker.value))
      users.push_back({row[0].template as<std::int64_t>()});
    return users;
  });
}

outcome<bool> postgres_log_queries::has_blocked(user_id blocker, user_id blocked) {
  return run([&](auto& work) -> outcome<bool> {
    return work
        .exec_params("select exists (select from blocks where blocker_id = $1 and blocked_id = $2)",
                     blocker.value, blocked.value)[0][0]
        .template as<bool>();
  });
}

outcome<void> postgres_log_queries::may_signal(user_id from, user_id to) {
  return run([&](auto& work) -> outcome<void> {
    const auto row = work.exec_prepared("may_signal", from.value, to.value)[0];
    if (!row["share"].template as<bool>()) return no_such_user();
    if (row["blocked"].template as<bool>())
      return failure{errc::forbidden, "this user does not want to hear from you", {}};
    return {};
  });
}

}  // namespace parley
