#include "persistence/postgres_cluster_registry.hpp"

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <string_view>
#include <thread>
#include <utility>

#include "actors/contract/values/log_event.hpp"
#include "actors/contract/values/node_counters.hpp"
#include "persistence/cluster_rows.hpp"
#include "persistence/cluster_statements.hpp"
#include "persistence/connection_names.hpp"
#include "persistence/connection_options.hpp"
#include "persistence/postgres_entry_log.hpp"
#include "persistence/sql_array.hpp"

namespace parley {

namespace {

using std::chrono::milliseconds;

/// PostgreSQL's own functions that wait look every 100 ms; a lock is free 2 to 6 ms after its holder was
/// ended.
constexpr milliseconds ending_poll{2};
constexpr milliseconds name_poll{50};
/// Rows of nodes that nobody missed are removed after a day; looked for every hour, and not before everybody
/// had the time to beat after a database was away for a day.
constexpr int beats_a_sweep = 3'600;
/// No node that answers requests writes to more conversations in a minute.
constexpr std::size_t recent_writes_max = 200'000;

/// FNV-1a, 32 bits (Fowler, Noll, Vo).
int hash_of(std::string_view name) {
  std::uint32_t hash = 2'166'136'261U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
  return static_cast<int>(hash);
}

std::string array_of(const std::vector<incarnation_id>& ids) {
  sql_array list;
  for (const auto& id : ids) list.add(id.value);
  return list.finish();
}

/// As pairs of a peer and its milliseconds.
std::string array_of(const std::vector<link_lag>& lags) {
  sql_array list;
  for (const auto& lag : lags) {
    list.add(lag.peer.value);
    list.add(lag.ms);
  }
  return list.finish();
}

}  // namespace

postgres_cluster_registry::postgres_cluster_registry(std::string url, std::string node,
                                                     incarnation_id incarnation, patience how)
    : url_(std::move(url)),
      node_(std::move(node)),
      incarnation_(incarnation),
      patience_(how),
      name_hash_(hash_of(node_)) {}

template <class T, class Work>
outcome<T> postgres_cluster_registry::guarded(Work work) {
  try {
    outcome<T> result = work();
    if (connection_ && std::exchange(is_away_, false))
      log(severity::info, "registry_back", "the registry of the nodes is there again");
    return result;
  } catch (const std::exception& problem) {
    counters.registry.errors.add();
    // Tried again with every beat; the reason stands in the log once.
    log(std::exchange(is_away_, true) ? severity::debug : severity::warning, "registry_lost",
        "the registry of the nodes cannot be reached; trying again until it can", {{"why", problem.what()}});
    connection_.reset();
    return failure{errc::unavailable, "the registry of the nodes cannot be reached", {}};
  }
}

template <class T, class Work>
outcome<T> postgres_cluster_registry::call(Work work) {
  return guarded<T>([&]() -> outcome<T> {
    if (!joined_) return failure{errc::unavailable, "the node has not joined its cluster", {}};
    if (!connection_) {
      open();
      if (auto named = take_name({}); named.has_error()) return named.error();
    }
    return work();
  });
}

template <class... Values>
pqxx::result postgres_cluster_registry::run(const std::string& sql, const Values&... values) {
  const watched_connection::bounded limited{*connection_};
  pqxx::nontransaction work{connection_->connection()};
  return work.exec_params(sql, values...);
}

void postgres_cluster_registry::open() {
  // A beat that a crash of the server takes back was merely not counted.
  connection_ = std::make_unique<watched_connection>(
      with_connection_options(url_, name_of_registry(node_, incarnation_),
                              "-c plan_cache_mode=force_generic_plan -c jit=off -c synchronous_commit=off"),
      patience_.call);
  counters.registry.connects.add();
  connection_->connection().prepare("look", cluster_sql::look(shard_lock_class));
  connection_->connection().prepare("beat", cluster_sql::beat(shard_lock_class));
  beats_ = 0;
}

outcome<void> postgres_cluster_registry::take_name(milliseconds within) {
  const auto began = std::chrono::steady_clock::now();
  for (;;) {
    const auto by = try_name();
    if (!by) return {};
    // An earlier connection of this very life is ended, and waited for.
    const bool is_own = by->connection == name_of_registry(node_, incarnation_);
    if (is_own) run("select pg_terminate_backend($1)", by->backend);
    const bool is_going = is_own || by->backend == 0;
    const auto limit = is_going ? std::max(within, patience_.end) : within;
    if (std::chrono::steady_clock::now() - began >= limit) {
      connection_.reset();
      if (is_going)
        return failure{
            errc::unavailable, "an earlier connection to the registry of the nodes does not end", {}};
      return failure{errc::conflict,
                     "node.name '" + node_ + "' is in use by '" + by->connection + "' (PostgreSQL process " +
                         std::to_string(by->backend) + ", from " + by->place +
                         "): give this node another name, or stop that one",
                     {}};
    }
    std::this_thread::sleep_for(is_going ? ending_poll : name_poll);
  }
}

/// Nothing: the name is held now.
std::optional<postgres_cluster_registry::holder> postgres_cluster_registry::try_name() {
  const auto tried = run("select pg_try_advisory_lock($1::int, $2::int)", node_lock_class, name_hash_);
  if (tried[0][0].as<bool>()) return std::nullopt;
  const auto rows =
      run("select a.pid, a.application_name, coalesce(a.client_addr::text, 'this machine') from pg_locks l "
          "join pg_stat_activity a on a.pid = l.pid where l.locktype = 'advisory' and l.granted and "
          "l.objsubid = 2 "
          "and l.classid::bigint = $1 and l.objid::bigint = $2 and a.datname = current_database()",
          node_lock_class, static_cast<std::uint32_t>(name_hash_));
  if (rows.empty()) return holder{};  // just gone
  return holder{rows[0][0].as<int>(), rows[0][1].as<std::string>("?"), rows[0][2].as<std::string>("?")};
}

outcome<cluster_view> postgres_cluster_registry::join(const node_record& self) {
  return guarded<cluster_view>([&]() -> outcome<cluster_view> {
    open();
    if (auto named = take_name(patience_.name); named.has_error()) return named.error();
    joined_ = true;
    own_ = self;
    // Whoever has the name is this node: earlier lives of it are over, and hold nothing any more.
    if (auto ended =
            end_backends("starts_with(application_name, $1) and right(application_name, 7) = ' writer' "
                         "and application_name <> $2",
                         "parley " + node_ + " ", name_of_writer(node_, incarnation_));
        ended.has_error())
      return ended.error();
    run("delete from nodes where name = $1 and incarnation <> $2", node_, incarnation_.value);
    return count_beat(self);
  });
}

outcome<void> postgres_cluster_registry::end_backends(const std::string& which, const std::string& first,
                                                      const std::string& second) {
  const auto deadline = std::chrono::steady_clock::now() + patience_.end;
  // Each time a new statement: who is gone from the view has given its locks back.
  const auto end_them =
      "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() "
      "and " +
      which;
  while (run(end_them, first, second)[0][0].as<int>() != 0) {
    if (std::chrono::steady_clock::now() >= deadline)
      return failure{
          errc::unavailable, "server processes of a node that is gone do not end; trying again", {}};
    std::this_thread::sleep_for(ending_poll);
  }
  return {};
}

outcome<cluster_view> postgres_cluster_registry::beat(const node_record& self) {
  return call<cluster_view>([&] {
    if (++beats_ % beats_a_sweep == 0)
      run("delete from nodes where beat_at < clock_timestamp() - interval '1 day'");
    return count_beat(self);
  });
}

cluster_view postgres_cluster_registry::count_beat(const node_record& self) {
  const watched_connection::bounded limited{*connection_};
  pqxx::nontransaction work{connection_->connection()};
  const auto& shown = self.figures;
  auto view = cluster_from(work.exec_prepared(
      "beat", incarnation_.value, node_, self.address, self.url, self.version, static_cast<int>(self.state),
      array_of(self.links), self.drain_wanted || own_.drain_wanted,
      self.started_at != 0 ? self.started_at : own_.started_at, shown.sessions, shown.conversations,
      shown.messages, shown.commit_p99_us, array_of(shown.lags)));
  const auto own = std::ranges::find(view.nodes, incarnation_, &node_record::incarnation);
  if (own != view.nodes.end()) own_ = *own;
  return view;
}

outcome<cluster_view> postgres_cluster_registry::look() {
  return call<cluster_view>([&] {
    const watched_connection::bounded limited{*connection_};
    return cluster_from(pqxx::nontransaction{connection_->connection()}.exec_prepared("look"));
  });
}

outcome<void> postgres_cluster_registry::end_writers(incarnation_id dead) {
  return call<void>([&] {
    return end_backends("starts_with(application_name, $1) and right(application_name, length($2)) = $2",
                        "parley ", " " + to_text(dead) + " writer");
  });
}

outcome<std::vector<recent_write>> postgres_cluster_registry::written_since(
    std::span<const shard_index> shards, timestamp_ms since) {
  return call<std::vector<recent_write>>([&] { return read_recent(shards, since); });
}

std::vector<recent_write> postgres_cluster_registry::read_recent(std::span<const shard_index> shards,
                                                                 timestamp_ms since) {
  std::bitset<shard_count> wanted;
  for (const auto& shard : shards) wanted.set(static_cast<std::size_t>(shard.value));
  std::string sql = written_since_sql;
  sql.replace(sql.find('@'), 1, std::to_string(since));
  const auto bounded = [this](pqxx::transaction_base& work, const std::string& statement) {
    const watched_connection::bounded limited{*connection_};
    return work.exec(statement);
  };
  pqxx::work work{connection_->connection()};
  bounded(work, written_since_settings);
  bounded(work, "declare young no scroll cursor for " + sql);
  // The hash of a shard is this program's: what is of other shards is left out here.
  std::vector<recent_write> found;
  for (;;) {
    const auto rows = bounded(work, "fetch 10000 from young");
    if (rows.empty()) return found;
    for (const auto& row : rows) {
      const conversation_id conversation{row[0].as<std::int64_t>()};
      if (!wanted.test(static_cast<std::size_t>(shard_of(conversation).value))) continue;
      if (found.size() == recent_writes_max) {
        log(severity::warning, "recent_writes_cut",
            "more conversations were written than are announced after a take-over; the older ones are seen "
            "with "
            "their next entry",
            {{"announced", std::to_string(found.size())}});
        return found;
      }
      found.push_back({conversation, row[1].as<sequence>(), {}});
      for (const auto user : numbers_in(row[2])) found.back().joined.push_back({user});
    }
  }
}

outcome<void> postgres_cluster_registry::note_taken(std::span<const shard_index> shards,
                                                    incarnation_id owner) {
  return call<void>([&]() -> outcome<void> {
    sql_array list;
    for (const auto& shard : shards) list.add(std::int64_t{shard.value});
    run(note_taken_sql, list.finish(), owner.value);
    return {};
  });
}

outcome<void> postgres_cluster_registry::forget(incarnation_id gone) {
  return call<void>([&]() -> outcome<void> {
    run("delete from nodes where incarnation = $1", gone.value);
    return {};
  });
}

void postgres_cluster_registry::leave() {
  joined_ = false;
  if (!connection_) return;
  // If it cannot be had, the row remains, with a beat that stands still.
  static_cast<void>(guarded<void>([&]() -> outcome<void> {
    run("delete from nodes where incarnation = $1", incarnation_.value);
    return {};
  }));
  connection_.reset();
}

}  // namespace parley
