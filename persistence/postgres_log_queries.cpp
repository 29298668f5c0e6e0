#include "persistence/postgres_log_queries.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <unordered_map>
#include <utility>

#include "persistence/connection_options.hpp"
#include "persistence/digest.hpp"
#include "persistence/entry_rows.hpp"
#include "persistence/epoch.hpp"
#include "persistence/page_bytes.hpp"
#include "persistence/people_statements.hpp"
#include "persistence/query_statements.hpp"
#include "persistence/sql_array.hpp"
#include "persistence/token_hash.hpp"

namespace parley {

namespace {

constexpr std::size_t members_page = 200;
constexpr std::size_t history_limit = 100;

std::optional<append_result> repeat_from(const pqxx::result& rows, const std::string& digest) {
  if (rows.empty()) return std::nullopt;
  const auto& row = rows[0];
  append_result result;
  result.conversation = {row["conversation_id"].as<std::int64_t>()};
  result.seq = row["seq"].as<sequence>();
  result.at = row["at_ms"].as<timestamp_ms>();
  result.what = row["digest"].as<std::string>() == digest ? append_result::status::repeated
                                                          : append_result::status::conflicting;
  return result;
}

/// Takes entries while they fit into a page; the first always does.
class page_filler {
public:
  bool fits(const entry& next) {
    bytes_ += page_bytes_of(next);
    return first_ ? (first_ = false, true) : bytes_ <= page_content_bytes_max;
  }

private:
  std::size_t bytes_ = 0;
  bool first_ = true;
};

/// A page from rows that hold one more than `limit` if there are more.
entries_page page_from(const pqxx::result& rows, conversation_id conversation, std::size_t limit) {
  entries_page page;
  page_filler filler;
  for (const auto& row : rows) {
    if (row["seq"].is_null()) break;
    auto next = entry_from(row, conversation);
    if (page.entries.size() >= limit || !filler.fits(next)) {
      page.more = true;
      break;
    }
    page.entries.push_back(std::move(next));
  }
  return page;
}

std::vector<user_info> users_from(const pqxx::result& rows) {
  std::vector<user_info> users;
  for (const auto& row : rows) users.push_back({{row[0].as<std::int64_t>()}, row[1].as<std::string>()});
  return users;
}

member_info member_from(const pqxx::row& row) {
  return {{row["user_id"].as<std::int64_t>()},
          row["name"].as<std::string>(),
          static_cast<member_role>(row["role"].as<int>()),
          row["read_seq"].as<sequence>()};
}

conversation_view view_from(const pqxx::row& row) {
  conversation_view view;
  view.id = {row["conversation_id"].as<std::int64_t>()};
  view.kind = row["kind"].as<int>() == 0 ? conversation_kind::direct : conversation_kind::group;
  if (!row["name"].is_null()) view.name = row["name"].as<std::string>();
  view.head = row["head"].as<sequence>();
  view.read = row["read_seq"].as<sequence>();
  view.unread = row["unread"].as<int>();
  view.joined = row["joined_seq"].as<sequence>();
  view.reset = row["reset"].as<bool>();
  view.member_count = row["member_count"].as<std::size_t>();
  return view;
}

/// One conversation alone may exceed a page: its oldest entries are left out then, as a gap.
void leave_out_oldest(conversation_view& view) {
  auto bytes = page_bytes_beside_entries(view);
  auto kept = view.entries.end();
  while (kept != view.entries.begin()) {
    bytes += page_bytes_of(*std::prev(kept));
    if (bytes > page_content_bytes_max && kept != view.entries.end()) break;
    --kept;
  }
  view.entries.erase(view.entries.begin(), kept);
}

/// Leaves out the last conversations of those that are too much for a page; the first is always shown.
void cut_to_a_page(std::vector<conversation_view>& views) {
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (const auto& view : views) {
    bytes += page_bytes_of(view);
    if (count > 0 && bytes > page_content_bytes_max) break;
    ++count;
  }
  views.resize(count);
}

}  // namespace

postgres_log_queries::postgres_log_queries(std::string url, std::string node,
                                           std::chrono::milliseconds call_limit)
    : options_(with_connection_options(url, "parley " + node + " reader", "-c jit=off")),
      call_limit_(call_limit) {}

watched_connection& postgres_log_queries::connection() {
  // A connection that was ended while nobody asked is replaced before it costs a request.
  if (connection_ && connection_->stands()) return *connection_;
  connection_ = std::make_unique<watched_connection>(options_, call_limit_);
  counters.reader.connects.add();
  const std::pair<const char*, const char*> statements[] = {
      {"identify", query::identify},
      {"load_conversation", query::load_conversation},
      {"find_repeat", query::find_repeat},
      {"find_direct", query::find_direct},
      {"find_created", query::find_created},
      {"conversations_of", query::conversations_of},
      {"views", query::views},
      {"view_members", query::view_members},
      {"members", query::members},
      {"history_before", query::history_before},
      {"history_after", query::history_after},
      {"is_member", query::is_member},
      {"entries_after", query::entries_after},
      {"known_users", query::known_users},
      {"find_users", query::find_users},
      {"find_message", query::find_message},
      {"visible_presence", query::visible_presence},
      {"store_presence", query::store_presence},
      {"block", query::block},
      {"unblock", query::unblock},
      {"may_signal", query::may_signal},
  };
  for (const auto& [name, text] : statements) connection_->connection().prepare(name, text);
  return *connection_;
}

bool postgres_log_queries::broke_at_once(std::chrono::steady_clock::time_point began) const {
  return connection_ && !connection_->connection().is_open() &&
         std::chrono::steady_clock::now() - began < std::chrono::seconds{1};
}

outcome<std::string> postgres_log_queries::describe_server() {
  return run([](auto& work) -> outcome<std::string> {
    const auto row = work.exec1(
        "select current_setting('server_version'), current_setting('fsync'), "
        "current_setting('synchronous_commit'), "
        "current_setting('synchronous_standby_names'), current_setting('max_connections'), "
        "pg_is_in_recovery()");
    std::string text = "storage: PostgreSQL " + row[0].template as<std::string>() + ", at most " +
                       row[4].template as<std::string>() + " connections\n";
    if (row[1].template as<std::string>() != "on")
      text += "warning: fsync is off: a crash of the machine loses acknowledged messages; set fsync = on\n";
    if (row[2].template as<std::string>() == "off")
      text += "warning: synchronous_commit is off: a crash loses acknowledged messages; set it to on\n";
    if (row[3].template as<std::string>().empty())
      text += "warning: there is no synchronous standby: losing the database server loses what only it had\n";
    if (row[5].template as<bool>())
      text += "warning: this server is a standby and takes no writes; name the primary\n";
    return text;
  });
}

outcome<std::string> postgres_log_queries::epoch() {
  return run(
      [](auto& work) -> outcome<std::string> { return work.exec1(epoch_sql)[0].template as<std::string>(); });
}

outcome<timestamp_ms> postgres_log_queries::now() {
  return run([](auto& work) -> outcome<timestamp_ms> {
    return work.exec1("select (extract(epoch from clock_timestamp()) * 1000)::bigint")[0]
        .template as<timestamp_ms>();
  });
}

outcome<token_holder> postgres_log_queries::identify(std::string_view token) {
  return run([&](auto& work) -> outcome<token_holder> {
    const auto hash = token_hash(token);
    const auto rows = work.exec_prepared("identify", hash);
    if (rows.empty())
      return failure{errc::unauthenticated, "this token is not (or no longer) good: sign in again", {}};
    const auto& row = rows[0];
    if (row["stale"].template as<bool>())
      work.exec_params("update tokens set used_at = now() where hash = $1::bytea", hash);
    return token_holder{
        {row["token_id"].template as<std::int64_t>()},
        {{row["user_id"].template as<std::int64_t>()}, row["name"].template as<std::string>()}};
  });
}

outcome<std::vector<token_id>> postgres_log_queries::recent_revocations() {
  return run([](auto& work) -> outcome<std::vector<token_id>> {
    std::vector<token_id> tokens;
    for (const auto& row :
         work.exec("select token_id from revocations where at > clock_timestamp() - interval '10 seconds'"))
      tokens.push_back({row[0].template as<std::int64_t>()});
    return tokens;
  });
}

outcome<conversation_record> postgres_log_queries::load_conversation(conversation_id conversation) {
  return run([&](auto& work) -> outcome<conversation_record> {
    const auto rows = work.exec_prepared("load_conversation", conversation.value);
    if (rows.empty()) return no_such_conversation();
    conversation_record record;
    record.id = conversation;
    record.kind =
        rows[0]["kind"].template as<int>() == 0 ? conversation_kind::direct : conversation_kind::group;
    if (!rows[0]["name"].is_null()) record.name = rows[0]["name"].template as<std::string>();
    record.head = rows[0]["head"].template as<sequence>();
    for (const auto& row : rows) {
      if (row["user_id"].is_null()) continue;
      record.members.push_back({{row["user_id"].template as<std::int64_t>()},
                                static_cast<member_role>(row["role"].template as<int>()),
                                row["joined_seq"].template as<sequence>()});
      if (row["blocked"].template as<bool>()) record.blocked.push_back(record.members.back().user);
    }
    return record;
  });
}

outcome<std::optional<append_result>> postgres_log_queries::find_repeat(conversation_id conversation,
                                                                        user_id sender,
                                                                        const entry_draft& draft) {
  return run([&](auto& work) -> outcome<std::optional<append_result>> {
    return repeat_from(work.exec_prepared("find_repeat", conversation.value, sender.value, draft.key),
                       digest_of(draft));
  });
}

outcome<std::optional<append_result>> postgres_log_queries::find_created(user_id sender,
                                                                         const entry_draft& draft) {
  return run([&](auto& work) -> outcome<std::optional<append_result>> {
    const auto digest = digest_of(draft);
    if (!draft.creates_direct())
      return repeat_from(work.exec_prepared("find_created", sender.value, draft.key), digest);
    return repeat_from(
        work.exec_prepared("find_direct", draft.members.front().value, draft.members.back().value, digest),
        digest);
  });
}

outcome<std::vector<conversation_head>> postgres_log_queries::conversations_of(user_id user) {
  return run([&](auto& work) -> outcome<std::vector<conversation_head>> {
    std::vector<conversation_head> all;
    for (const auto& row : work.exec_prepared("conversations_of", user.value))
      all.push_back({{row[0].template as<std::int64_t>()},
                     row[1].template as<sequence>(),
                     row[2].template as<sequence>()});
    return all;
  });
}

outcome<std::vector<conversation_view>> postgres_log_queries::views(user_id user,
                                                                    std::span<const sync_item> items,
                                                                    std::size_t tail) {
  return run([&](auto& work) -> outcome<std::vector<conversation_view>> {
    sql_array ids;
    sql_array haves;
    for (const auto& item : items) {
      ids.add(item.conversation.value);
      haves.add(item.have);
    }
    const auto rows =
        work.exec_prepared("views", user.value, ids.finish(), haves.finish(), tail, page_bytes_max);
    std::vector<conversation_view> views;
    for (const auto& row : rows) {
      const conversation_id id{row["conversation_id"].template as<std::int64_t>()};
      if (views.empty() || views.back().id != id) views.push_back(view_from(row));
      if (!row["seq"].is_null()) views.back().entries.push_back(entry_from(row, id, "entry_kind"));
    }
    sql_array shown;
    std::unordered_map<conversation_id, std::size_t> places;
    for (auto& view : views) leave_out_oldest(view);
    cut_to_a_page(views);
    for (auto& view : views) {
      const auto asked = std::ranges::find(items, view.id, &sync_item::conversation);
      const auto have = view.reset ? 0 : asked->have;
      const auto first = view.entries.empty() ? view.head + 1 : view.entries.front().seq;
      view.gap = first > have + 1;
      shown.add(view.id.value);
      places.emplace(view.id, places.size());
    }
    for (const auto& row : work.exec_prepared("view_members", shown.finish()))
      views[places.at({row["conversation_id"].template as<std::int64_t>()})].members.push_back(
          member_from(row));
    cut_to_a_page(views);
    return views;
  });
}

outcome<reply::members> postgres_log_queries::members(user_id user, conversation_id conversation,
                                                      const std::optional<std::string>& cursor) {
  const auto after = cursor ? parse_id<user_id>(*cursor) : user_id{};
  return run([&](auto& work) -> outcome<reply::members> {
    const auto rows =
        work.exec_prepared("members", user.value, conversation.value, after.value_or(user_id{}).value);
    if (rows.empty()) return no_such_conversation();
    if (!after) return failure{errc::bad_request, "this cursor was not given by this server", {}};
    reply::members page;
    for (const auto& row : rows) {
      if (row["user_id"].is_null()) break;
      if (page.members.size() == members_page) {
        page.cursor = to_text(page.members.back().user);
        break;
      }
      page.members.push_back(member_from(row));
    }
    return page;
  });
}

outcome<entries_page> postgres_log_queries::history(user_id user, conversation_id conversation,
                                                    std::optional<sequence> before,
                                                    std::optional<sequence> after, std::size_t limit) {
  return run([&](auto& work) -> outcome<entries_page> {
    const auto rows = after ? work.exec_prepared("history_after", user.value, conversation.value, *after,
                                                 limit + 1, page_bytes_max)
                            : work.exec_prepared("history_before", user.value, conversation.value,
                                                 before.value_or(std::numeric_limits<sequence>::max()),
                                                 limit + 1, page_bytes_max);
    if (rows.empty()) return no_such_conversation();
    auto page = page_from(rows, conversation, limit);
    if (!after) std::ranges::reverse(page.entries);
    return page;
  });
}

outcome<bool> postgres_log_queries::is_member(user_id user, conversation_id conversation) {
  return run([&](auto& work) -> outcome<bool> {
    return work.exec_prepared("is_member", user.value, conversation.value)[0][0].template as<bool>();
  });
}

outcome<entries_page> postgres_log_queries::entries_after(user_id user, conversation_id conversation,
                                                          sequence after) {
  return run([&](auto& work) -> outcome<entries_page> {
    const auto rows = work.exec_prepared("entries_after", user.value, conversation.value, after,
                                         history_limit + 1, page_bytes_max);
    if (rows.empty()) return no_such_conversation();
    return page_from(rows, conversation, history_limit);
  });
}

outcome<std::vector<user_info>> postgres_log_queries::known_users(std::span<const user_id> users) {
  return run([&](auto& work) -> outcome<std::vector<user_info>> {
    sql_array ids;
    for (const auto user : users) ids.add(user.value);
    return users_from(work.exec_prepared("known_users", ids.finish()));
  });
}

outcome<std::vector<user_info>> postgres_log_queries::find_users(std::string_view prefix, std::size_t limit) {
  return run([&](auto& work) -> outcome<std::vector<user_info>> {
    const auto lowered =
        work.exec_params("select lower($1::text)", std::string(prefix))[0][0].template as<std::string>();
    std::string pattern;
    for (const char c : lowered) {
      if (c == '%' || c == '_' || c == '\\') pattern += '\\';
      pattern += c;
    }
    return users_from(work.exec_prepared("find_users", pattern + '%', limit));
  });
}

}  // namespace parley
