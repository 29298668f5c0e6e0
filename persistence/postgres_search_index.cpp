#include "persistence/postgres_search_index.hpp"

#include <algorithm>
#include <utility>

#include "actors/contract/values/log_event.hpp"
#include "actors/contract/values/node_counters.hpp"
#include "persistence/connection_options.hpp"
#include "persistence/search_statements.hpp"

namespace parley {

namespace {

constexpr std::int64_t existing_at_once = 1'000;
constexpr int looks_max = 20;
constexpr std::chrono::milliseconds shortest_span{1'000};
constexpr std::chrono::milliseconds longest_span{24 * 3'600'000};
// A statement is to take about this long, so that it neither times out nor is one of millions.
constexpr std::chrono::milliseconds quick{100};
constexpr std::chrono::milliseconds slow{1'000};

}  // namespace

postgres_search_index::postgres_search_index(const std::string& url, const std::string& node,
                                             std::chrono::milliseconds call_limit)
    : options_(with_connection_options(url, "parley " + node + " search",
                                       "-c synchronous_commit=off -c jit=off -c client_min_messages=error")),
      call_limit_(call_limit) {}

template <class Work>
auto postgres_search_index::run(Work work) -> decltype(work(std::declval<pqxx::nontransaction&>())) {
  try {
    if (!connection_ || !connection_->stands()) {
      connection_ = std::make_unique<watched_connection>(options_, call_limit_);
      counters.search.connects.add();
    }
    pqxx::nontransaction over{connection_->connection()};
    return work(over);
  } catch (const std::exception& problem) {
    connection_.reset();
    counters.search.errors.add();
    log(severity::warning, "search_index_waits", "the search index is not being filled",
        {{"why", problem.what()}});
    return failure{errc::unavailable, "the search index cannot be filled now; trying again", {}};
  }
}

outcome<std::vector<conversation_id>> postgres_search_index::behind(std::size_t most) {
  return run([&](auto& work) -> outcome<std::vector<conversation_id>> {
    std::vector<conversation_id> found;
    const auto asked_at = work.exec1("select clock_timestamp()")[0].template as<std::string>();
    for (int looks = 0; looks < looks_max; ++looks) {
      const watched_connection::bounded limited{*connection_};
      const auto progress = work.exec1("select conversation_id from search_progress");
      auto seen = progress[0].is_null()
                      ? look_at_written(work, asked_at, most)
                      : look_at_existing(work, progress[0].template as<std::int64_t>(), most);
      if (!seen.found.empty()) return seen.found;
      if (seen.at_the_end) return found;
      found = {seen.last};
    }
    return found;
  });
}

postgres_search_index::look postgres_search_index::look_at_existing(pqxx::nontransaction& work,
                                                                    std::int64_t above, std::size_t most) {
  look seen;
  const auto rows = work.exec_params(query::existing_conversations, above, existing_at_once);
  for (const auto& row : rows) {
    seen.last = {row["conversation_id"].as<std::int64_t>()};
    if (row["behind"].as<bool>() && seen.found.size() < most) seen.found.push_back(seen.last);
  }
  if (!seen.found.empty()) return seen;
  const bool more = static_cast<std::int64_t>(rows.size()) == existing_at_once;
  // Only ever forward: others may have got further meanwhile.
  work.exec_params(
      "update search_progress set conversation_id = case when $2::boolean then $1::bigint end "
      "where conversation_id <= $1::bigint",
      std::max(seen.last.value, above), more);
  return seen;
}

postgres_search_index::look postgres_search_index::look_at_written(pqxx::nontransaction& work,
                                                                   const std::string& until,
                                                                   std::size_t most) {
  look seen;
  const auto part = work.exec_params1(
      "select at::text, p.until::text, p.until = $2::timestamptz from search_progress, lateral (select "
      "least(at + $1::bigint * interval '1 millisecond', $2::timestamptz) until) p",
      span_.count(), until);
  const auto began = std::chrono::steady_clock::now();
  const auto rows = [&] {
    try {
      return work.exec_params(query::written_conversations, part[0].as<std::string>(),
                              part[1].as<std::string>(), most);
    } catch (const pqxx::sql_error&) {
      // Too much for one statement, presumably; asked again, it shall be less.
      span_ = std::max(shortest_span, span_ / 8);
      throw;
    }
  }();
  const auto took = std::chrono::steady_clock::now() - began;
  if (took > slow) span_ = std::max(shortest_span, span_ / 2);
  if (took < quick) span_ = std::min(longest_span, span_ * 2);
  for (const auto& row : rows) seen.found.push_back({row[0].as<std::int64_t>()});
  if (!seen.found.empty()) return seen;
  work.exec_params("update search_progress set at = $1::timestamptz where at < $1::timestamptz",
                   part[1].as<std::string>());
  seen.at_the_end = part[2].as<bool>();
  return seen;
}

outcome<void> postgres_search_index::catch_up(const std::vector<conversation_id>& conversations) {
  return run([&](auto& work) -> outcome<void> {
    for (const auto conversation : conversations) {
      for (bool more = true; more;) {
        const watched_connection::bounded limited{*connection_};
        more =
            work.exec_params("select index_conversation($1)", conversation.value)[0][0].template as<bool>();
      }
    }
    return {};
  });
}

}  // namespace parley
