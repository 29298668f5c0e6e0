#include "persistence/postgres_entry_log.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "actors/contract/values/log_event.hpp"
#include "actors/contract/values/node_counters.hpp"
#include "persistence/append_rows.hpp"
#include "persistence/append_statements.hpp"
#include "persistence/connection_options.hpp"
#include "persistence/digest.hpp"
#include "persistence/epoch.hpp"
#include "persistence/sql_array.hpp"
#include "persistence/sql_problem.hpp"

namespace parley {

namespace {

bool has_null(const std::string& text) { return text.find('\0') != std::string::npos; }

}  // namespace

postgres_entry_log::postgres_entry_log(std::string url, std::string node, incarnation_id incarnation,
                                       std::chrono::milliseconds call_limit)
    : url_(std::move(url)),
      application_name_("parley " + node + " " + to_text(incarnation) + " writer"),
      call_limit_(call_limit) {}

postgres_entry_log::~postgres_entry_log() { release(); }

int postgres_entry_log::backend_pid() const { return connection_ ? connection_->backend() : 0; }

void postgres_entry_log::release() {
  // Closing the connection gives the session's locks back.
  connection_.reset();
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
  connection_.reset();
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

outcome<void> postgres_entry_log::acquire(std::span<const shard_index> shards) {
  outcome<void> taken = failure{errc::unavailable, "the database cannot be reached", {}};
  try {
    taken = end_previous_backend();
    if (taken.has_value()) {
      connect();
      taken = take_locks(shards);
    }
  } catch (const std::exception& problem) {
    counters.writer.errors.add();
    // Tried again and again; the reason stands in the log once.
    log(std::exchange(is_away_, true) ? severity::debug : severity::warning, "database_lost",
        "the database cannot be reached; trying again until it can", {{"why", problem.what()}});
    taken = failure{errc::unavailable, "the database cannot be reached", {}};
  }
  if (taken.has_error()) release();
  if (taken.has_value() && std::exchange(is_away_, false))
    log(severity::info, "database_back", "the database is there again");
  return taken;
}

outcome<void> postgres_entry_log::take_locks(std::span<const shard_index> shards) {
  sql_array list;
  for (const auto& shard : shards) list.add(std::int64_t{shard.value});
  const auto& wanted = list.finish();
  const watched_connection::bounded limited{*connection_};
  pqxx::nontransaction work{connection_->connection()};
  const auto taken = work.exec_params(
      "select count(*) filter (where not pg_try_advisory_lock($1::int, s)) from unnest($2::int[]) s",
      shard_lock_class, wanted);
  if (taken[0][0].as<std::int64_t>() == 0) {
    name_history(work);
    return {};
  }
  const auto holders = work.exec_params(
      "select distinct a.application_name, a.pid, coalesce(a.client_addr::text, 'this machine'), "
      "a.application_name = left($3, 63) from pg_locks l join pg_stat_activity a on a.pid = l.pid "
      "where l.locktype = 'advisory' and l.granted and l.classid = $1::int::oid and l.objsubid = 2 "
      "and l.objid::bigint = any($2::bigint[]) and l.pid <> pg_backend_pid() "
      "and l.database = (select oid from pg_database where datname = current_database())",
      shard_lock_class, wanted, application_name_);
  if (holders.empty())
    return failure{errc::unavailable, "shards were held by somebody who has just gone", {}};
  const auto& holder = holders[0];
  if (holder[3].as<bool>(false)) {
    // An earlier connection of this very writer, one whose number we never learnt; ended next time.
    previous_backend_ = holder[1].as<int>();
    return failure{errc::unavailable, "shards are still held by the writer's own earlier connection", {}};
  }
  return failure{errc::conflict,
                 "shards of this database are held by '" + holder[0].as<std::string>("?") +
                     "' (PostgreSQL process " + holder[1].as<std::string>("?") + ", from " +
                     holder[2].as<std::string>("?") +
                     "): is another node running on this database? Stop it first",
                 {}};
}

void postgres_entry_log::name_history(pqxx::transaction_base& work) {
  // A snapshot of the disk that was put back has the same server and timeline. What this writer committed
  // last is then gone, or another entry stands there: a history that clients have to be told apart from
  // theirs.
  if (last_written_.seq != 0) {
    const auto found = work.exec_params(written_entry_sql, last_written_.conversation.value,
                                        last_written_.seq, last_written_.at);
    if (found.empty()) {
      log(severity::warning, "history_lost",
          "the database has lost entries that were committed; it begins a new epoch");
      work.exec(new_epoch_sql);
      last_written_ = {};
    }
  }
  epoch_ = work.exec(epoch_sql)[0][0].as<std::string>();
}

bool postgres_entry_log::alive() { return connection_ && connection_->stands(); }

log_outcome<std::vector<append_result>> postgres_entry_log::append(std::span<const append_item> batch) {
  if (!connection_) return log_failure::disconnected;
  progress done{std::vector<append_result>(batch.size()), false};
  try {
    // Within a wave messages go first: they are one statement, so that a batch of nothing else, which
    // nearly all are, has written nothing when it contradicts the log.
    for (const auto& next : waves_of(batch)) {
      append_halving(&postgres_entry_log::append_message_batch, next.messages, done);
      for (const auto place : next.creates) append_create(batch[place], done.results[place], done);
      append_halving(&postgres_entry_log::append_change_batch, next.changes, done);
    }
    for (const auto& result : done.results)
      if (result.what == append_result::status::written) last_written_ = result;
    return std::move(done.results);
  } catch (const fenced_error& problem) {
    return failed(problem, log_failure::fenced, done);
  } catch (const pqxx::unique_violation& problem) {
    return failed(problem, log_failure::contradicted, done);
  } catch (const std::exception& problem) {
    return failed(problem, log_failure::disconnected, done);
  }
}

log_failure postgres_entry_log::failed(const std::exception& problem, log_failure what,
                                       const progress& done) {
  counters.writer.errors.add();
  // "Nothing was written" would not be true any more once a part of the batch stands in the log.
  if (done.wrote) what = log_failure::disconnected;
  if (what == log_failure::contradicted) {
    // Without the server's text, which quotes the key.
    log(severity::warning, "batch_contradicted", "a batch contradicts the log; its conversations start anew");
    return what;
  }
  is_away_ = what == log_failure::disconnected;
  log(severity::error, what == log_failure::fenced ? "fenced" : "database_lost",
      "the writer's connection is given up, and its shards with it", {{"why", problem.what()}});
  release();
  return what;
}

std::vector<postgres_entry_log::wave> postgres_entry_log::waves_of(std::span<const append_item> batch) {
  enum class sort : std::uint8_t { message, create, change };
  struct position {
    std::size_t wave = 0;
    sort latest = sort::message;
  };
  std::vector<wave> waves;
  std::unordered_map<conversation_id, position> reached;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto kind = batch[i].draft->kind;
    const auto of = kind == entry_kind::message  ? sort::message
                    : kind == entry_kind::create ? sort::create
                                                 : sort::change;
    // Entries of one conversation keep their order: another sort of entry begins another wave.
    const auto [found, first] = reached.try_emplace(batch[i].conversation, position{0, of});
    if (auto& at = found->second; at.latest != of) at = {at.wave + 1, of};
    if (found->second.wave == waves.size()) waves.emplace_back();
    auto& into = waves[found->second.wave];
    if (of == sort::create) {
      into.creates.push_back(i);
      continue;
    }
    auto& items = of == sort::message ? into.messages : into.changes;
    items.items.push_back(&batch[i]);
    items.places.push_back(i);
  }
  return waves;
}

void postgres_entry_log::append_halving(write_part write, const part& all, progress& done) {
  if (all.items.empty()) return;
  try {
    (this->*write)(all, done);
    return;
  } catch (const pqxx::sql_error& problem) {
    if (!is_fault_of_data(problem)) throw;
    if (all.items.size() == 1) {
      // Without the server's text, which may quote the message.
      log(severity::error, "entry_impossible", "an entry cannot be stored",
          {{"sqlstate", problem.sqlstate()}});
      return;
    }
  }
  // Nothing of it was written. Order within a conversation stays, since the first half goes first.
  const auto half = static_cast<std::ptrdiff_t>(all.items.size() / 2);
  const auto& [items, places] = all;
  append_halving(write, {{items.begin(), items.begin() + half}, {places.begin(), places.begin() + half}},
                 done);
  append_halving(write, {{items.begin() + half, items.end()}, {places.begin() + half, places.end()}}, done);
}

void postgres_entry_log::append_message_batch(const part& messages, progress& done) {
  sql_array conversations;
  sql_array senders;
  sql_array keys;
  sql_array digests;
  sql_array bodies;
  shard_list shards;
  std::vector<std::string> digest_texts;
  for (const auto* item : messages.items) {
    shards.add(item->conversation);
    conversations.add(item->conversation.value);
    senders.add(item->sender.value);
    keys.add(item->draft->key);
    digest_texts.push_back(digest_of(*item->draft));
    digests.add(digest_texts.back());
    bodies.add(item->draft->text);
  }
  const watched_connection::bounded limited{*connection_};
  pqxx::nontransaction work{connection_->connection()};
  const auto rows =
      work.exec_prepared("append_messages", conversations.finish(), senders.finish(), keys.finish(),
                         digests.finish(), bodies.finish(), shard_lock_class, shards.text());
  for (std::size_t i = 0; i < messages.items.size(); ++i) {
    const auto row = rows[static_cast<pqxx::result::size_type>(i)];
    if (!row["held"].as<bool>()) throw fenced_error{};
    done.results[messages.places[i]] = result_from(row, digest_texts[i]);
  }
  done.wrote = true;
}

void postgres_entry_log::append_create(const append_item& item, append_result& result, progress& done) {
  const auto& draft = *item.draft;
  // libpq's parameters end at U+0000: half a name would be stored.
  if (has_null(draft.key) || (draft.name && has_null(*draft.name))) return;
  const auto digest = digest_of(draft);
  sql_array members;
  for (const auto member : draft.members) members.add(member.value);
  const watched_connection::bounded limited{*connection_};
  try {
    pqxx::nontransaction work{connection_->connection()};
    const auto rows = work.exec_prepared("append_creates", item.conversation.value, item.sender.value,
                                         draft.key.empty() ? nullptr : draft.key.c_str(), digest,
                                         draft.name ? draft.name->c_str() : nullptr, members.finish(),
                                         shard_lock_class, shard_of(item.conversation).value);
    if (!rows[0]["held"].as<bool>()) throw fenced_error{};
    result = result_from(rows[0], digest);
    done.wrote = true;
  } catch (const pqxx::sql_error& problem) {
    // A conversation that exists already under a drawn id concerns this item only.
    if (!is_fault_of_data(problem) && !is_unique_violation(problem)) throw;
    log(severity::error, "entry_impossible", "a conversation cannot be made",
        {{"sqlstate", problem.sqlstate()}});
  }
}

}  // namespace parley
