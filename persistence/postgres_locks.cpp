// How a writer connection is opened, and which locks it holds.
#include <utility>

#include "actors/contract/values/log_event.hpp"
#include "actors/contract/values/node_counters.hpp"
#include "persistence/append_statements.hpp"
#include "persistence/connection_names.hpp"
#include "persistence/connection_options.hpp"
#include "persistence/epoch.hpp"
#include "persistence/postgres_entry_log.hpp"
#include "persistence/sql_array.hpp"

namespace parley {

namespace {

std::string array_of(std::span<const shard_index> shards) {
  sql_array list;
  for (const auto& shard : shards) list.add(std::int64_t{shard.value});
  return list.finish();
}

failure no_connection() { return {errc::unavailable, "the database cannot be reached", {}}; }

std::size_t place_of(shard_index shard) { return static_cast<std::size_t>(shard.value); }

}  // namespace

postgres_entry_log::postgres_entry_log(std::string url, const std::string& node, incarnation_id incarnation,
                                       std::chrono::milliseconds call_limit)
    : url_(std::move(url)), application_name_(name_of_writer(node, incarnation)), call_limit_(call_limit) {}

postgres_entry_log::~postgres_entry_log() { release(); }

int postgres_entry_log::backend_pid() const { return connection_ ? connection_->backend() : 0; }

void postgres_entry_log::release() {
  // Closing the connection gives the session's locks back.
  connection_.reset();
  held_.reset();
}

void postgres_entry_log::connect() {
  connection_ = std::make_unique<watched_connection>(
      with_connection_options(
          url_, application_name_,
          "-c plan_cache_mode=force_generic_plan -c enable_nestloop=off -c enable_seqscan=off -c jit=off"),
      call_limit_);
  counters.writer.connects.add();
  previous_backend_ = connection_->backend();
  connection_->connection().prepare("append_messages", append_messages_sql);
  connection_->connection().prepare("append_creates", append_creates_sql);
  connection_->connection().prepare("append_changes", append_changes_sql);
  connection_->connection().prepare("mark_read", mark_read_sql);
}

outcome<void> postgres_entry_log::end_previous_backend() {
  if (previous_backend_ == 0) return {};
  // pg_terminate_backend waits for 5 s, longer than statements may take elsewhere.
  watched_connection helper{
      with_connection_options(url_, application_name_ + " helper", "-c statement_timeout=10000")};
  const watched_connection::bounded limited{helper};
  pqxx::nontransaction work{helper.connection()};
  // Only if the number still belongs to that connection; waits for its end.
  const auto ended = work.exec_params(
      "select pg_terminate_backend(pid, 5000) from pg_stat_activity where pid = $1 and application_name = "
      "left($2, 63)",
      previous_backend_, application_name_);
  if (!ended.empty() && !ended[0][0].as<bool>())
    return failure{errc::unavailable,
                   "the server process " + std::to_string(previous_backend_) +
                       " of the writer's earlier connection does not end; trying again",
                   {}};
  previous_backend_ = 0;
  return {};
}

outcome<void> postgres_entry_log::open() {
  release();
  try {
    if (auto ended = end_previous_backend(); ended.has_error()) return ended;
    connect();
    name_history();
  } catch (const std::exception& problem) {
    return gone(problem);
  }
  if (std::exchange(is_away_, false)) log(severity::info, "database_back", "the database is there again");
  return {};
}

failure postgres_entry_log::gone(const std::exception& problem) {
  counters.writer.errors.add();
  // Tried again and again; the reason stands in the log once.
  log(std::exchange(is_away_, true) ? severity::debug : severity::warning, "database_lost",
      "the database cannot be reached; trying again until it can", {{"why", problem.what()}});
  release();
  return no_connection();
}

outcome<locks_taken> postgres_entry_log::take(std::span<const shard_index> shards) {
  if (!connection_) return no_connection();
  try {
    auto taken = take_locks(shards);
    if (taken.has_error()) release();
    return taken;
  } catch (const std::exception& problem) {
    return gone(problem);
  }
}

outcome<locks_taken> postgres_entry_log::take_locks(std::span<const shard_index> wanted) {
  // A session that takes a lock twice has to give it back twice.
  std::vector<shard_index> fresh;
  for (auto fresh_ones = ~held_; const auto& shard : wanted)
    if (fresh_ones.test(place_of(shard))) {
      fresh.push_back(shard);
      fresh_ones.reset(place_of(shard));
    }
  locks_taken answer;
  if (!fresh.empty()) {
    const watched_connection::bounded limited{*connection_};
    pqxx::nontransaction work{connection_->connection()};
    const auto taken =
        work.exec_params("select s from unnest($2::int[]) s where pg_try_advisory_lock($1::int, s)",
                         shard_lock_class, array_of(fresh));
    for (const auto& row : taken) held_.set(row[0].as<std::size_t>());
    std::erase_if(fresh, [this](const auto& shard) { return held_.test(place_of(shard)); });
    if (!fresh.empty()) {
      auto [why, mine] = who_holds(work, fresh);
      if (mine) return std::move(why);
      answer.why_not_all = std::move(why);
    }
  }
  for (const auto& shard : wanted)
    if (held_.test(place_of(shard))) answer.taken.push_back(shard);
  return answer;
}

postgres_entry_log::lock_holder postgres_entry_log::who_holds(pqxx::transaction_base& work,
                                                              std::span<const shard_index> refused) {
  const auto holders = work.exec_params(
      "select distinct a.application_name, a.pid, coalesce(a.client_addr::text, 'this machine'), "
      "a.application_name = left($3, 63) own from pg_locks l join pg_stat_activity a on a.pid = l.pid "
      "where l.locktype = 'advisory' and l.granted and l.classid = $1::int::oid and l.objsubid = 2 "
      "and l.objid::bigint = any($2::bigint[]) and l.pid <> pg_backend_pid() "
      "and l.database = (select oid from pg_database where datname = current_database()) "
      "order by own desc, a.pid limit 1",
      shard_lock_class, array_of(refused), application_name_);
  if (holders.empty())
    return {{errc::unavailable, "shards were held by somebody who has just gone", {}}, false};
  const auto& holder = holders[0];
  if (holder[3].as<bool>(false)) {
    // An earlier connection of this very writer, one whose number we never learnt; ended next time.
    previous_backend_ = holder[1].as<int>();
    return {{errc::unavailable, "shards are still held by the writer's own earlier connection", {}}, true};
  }
  return {{errc::conflict,
           "shards of this database are held by '" + holder[0].as<std::string>("?") +
               "' (PostgreSQL process " + holder[1].as<std::string>("?") + ", from " +
               holder[2].as<std::string>("?") + "): is another node running on this database? Stop it first",
           {}},
          false};
}

outcome<void> postgres_entry_log::give_back(std::span<const shard_index> shards) {
  if (!connection_) return no_connection();
  std::vector<shard_index> held;
  for (const auto& shard : shards)
    if (held_.test(place_of(shard))) {
      held.push_back(shard);
      held_.reset(place_of(shard));
    }
  if (held.empty()) return {};
  try {
    const watched_connection::bounded limited{*connection_};
    pqxx::nontransaction work{connection_->connection()};
    const auto missing = work.exec_params(
        "select count(*) filter (where not pg_advisory_unlock($1::int, s)) from unnest($2::int[]) s",
        shard_lock_class, array_of(held));
    if (missing[0][0].as<std::int64_t>() != 0) throw std::logic_error("a lock to give back was not held");
    return {};
  } catch (const std::exception& problem) {
    return gone(problem);
  }
}

void postgres_entry_log::name_history() {
  const watched_connection::bounded limited{*connection_};
  pqxx::nontransaction work{connection_->connection()};
  // A snapshot of the disk that was put back has the same server and timeline. What this writer committed
  // last is then gone, or another entry stands there: a history that clients have to be told apart from
  // theirs.
  if (last_written_.seq != 0) {
    const auto found = work.exec_params(written_entry_sql, last_written_.conversation.value,
                                        last_written_.seq, last_written_.at);
    if (found.empty()) {
      log(severity::warning, "history_lost",
          "the database has lost entries that were committed; it begins a new epoch");
      work.exec_params(new_epoch_once_sql, epoch_);
      last_written_ = {};
    }
  }
  epoch_ = work.exec(epoch_sql)[0][0].as<std::string>();
}

bool postgres_entry_log::alive() { return connection_ && connection_->stands(); }

}  // namespace parley
