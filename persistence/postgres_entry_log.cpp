#include "persistence/postgres_entry_log.hpp"

#include <poll.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>
#include <utility>

#include "persistence/append_statements.hpp"
#include "persistence/connection_options.hpp"
#include "persistence/digest.hpp"
#include "persistence/sql_array.hpp"

namespace parley {

namespace {

/// The guard found that somebody else holds a shard's lock.
struct fenced_error : std::runtime_error {
  fenced_error() : std::runtime_error("another connection holds the lock of a shard") {}
};

std::string shards_of(std::span<const append_item* const> items) {
  std::set<std::int32_t> shards;
  for (const auto* item : items) shards.insert(shard_of(item->conversation).value);
  sql_array text;
  for (const auto shard : shards) text.add(std::int64_t{shard});
  return text.finish();
}

append_result result_from(const pqxx::row& row, const std::string& digest) {
  append_result result;
  result.conversation = {row["conversation_id"].as<std::int64_t>()};
  result.seq = row["seq"].as<sequence>();
  result.at = row["at_ms"].as<timestamp_ms>();
  const bool repeated = row["repeated"].as<bool>();
  result.what = !repeated                                                ? append_result::status::written
                : row["digest"].as<std::string>(std::string{}) == digest ? append_result::status::repeated
                                                                         : append_result::status::conflicting;
  return result;
}

}  // namespace

postgres_entry_log::postgres_entry_log(std::string url, std::string node, incarnation_id incarnation)
    : url_(std::move(url)), application_name_("parley " + node + " " + to_text(incarnation) + " writer") {}

postgres_entry_log::~postgres_entry_log() { release(); }

int postgres_entry_log::backend_pid() const { return connection_ ? connection_->backendpid() : 0; }

void postgres_entry_log::release() {
  // Closing the connection gives the session's locks back.
  if (connection_) previous_backend_ = connection_->backendpid();
  connection_.reset();
}

void postgres_entry_log::connect() {
  connection_ = std::make_unique<pqxx::connection>(with_connection_options(
      url_, application_name_,
      "-c plan_cache_mode=force_generic_plan -c enable_nestloop=off -c enable_seqscan=off -c jit=off"));
  // Reconnecting silently would write without the locks.
  connection_->inhibit_reactivation(true);
  connection_->prepare("append_messages", append_messages_sql);
  connection_->prepare("append_creates", append_creates_sql);
  previous_backend_ = connection_->backendpid();
}

void postgres_entry_log::end_previous_backend() {
  connection_.reset();
  if (previous_backend_ == 0) return;
  pqxx::connection helper{with_connection_options(url_, application_name_ + " helper")};
  pqxx::nontransaction work{helper};
  // Only if the number still belongs to that connection; waits for its end.
  work.exec_params(
      "select pg_terminate_backend(pid, 5000) from pg_stat_activity where pid = $1 and application_name = "
      "left($2, 63)",
      previous_backend_, application_name_);
  previous_backend_ = 0;
}

outcome<void> postgres_entry_log::acquire(std::span<const shard_index> shards) {
  try {
    end_previous_backend();
    connect();
    return take_locks(shards);
  } catch (const std::exception& problem) {
    spdlog::warn("cannot take the shards: {}", problem.what());
    release();
    return failure{errc::unavailable, "the database cannot be reached", {}};
  }
}

outcome<void> postgres_entry_log::take_locks(std::span<const shard_index> shards) {
  sql_array wanted;
  for (const auto& shard : shards) wanted.add(std::int64_t{shard.value});
  pqxx::nontransaction work{*connection_};
  const auto taken = work.exec_params(
      "select count(*) filter (where not pg_try_advisory_lock($1::int, s)) from unnest($2::int[]) s",
      shard_lock_class, wanted.finish());
  if (taken[0][0].as<std::int64_t>() == 0) return {};
  const auto holders = work.exec_params(
      "select distinct a.application_name, a.pid, coalesce(a.client_addr::text, 'this machine') from "
      "pg_locks l "
      "join pg_stat_activity a on a.pid = l.pid where l.locktype = 'advisory' and l.granted and l.classid = "
      "$1::int::oid "
      "and l.database = (select oid from pg_database where datname = current_database()) and l.pid <> "
      "pg_backend_pid()",
      shard_lock_class);
  release();
  if (holders.empty())
    return failure{errc::unavailable, "shards were held by somebody who has just gone", {}};
  const auto& holder = holders[0];
  return failure{errc::conflict,
                 "shards of this database are held by '" + holder[0].as<std::string>("?") +
                     "' (PostgreSQL process " + holder[1].as<std::string>("?") + ", from " +
                     holder[2].as<std::string>("?") +
                     "): is another node running on this database? Stop it first",
                 {}};
}

bool postgres_entry_log::alive() {
  if (!connection_ || !connection_->is_open()) return false;
  // Nothing is expected on an idle connection: readable means closed, or a notice that precedes that.
  pollfd socket{connection_->sock(), POLLIN, 0};
  if (::poll(&socket, 1, 0) <= 0) return true;
  try {
    pqxx::nontransaction{*connection_}.exec("select 1");
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

log_outcome<std::vector<append_result>> postgres_entry_log::append(std::span<const append_item> batch) {
  if (!connection_) return log_failure::disconnected;
  try {
    return append_halving(batch);
  } catch (const fenced_error& problem) {
    spdlog::error("nothing was written: {}", problem.what());
    return log_failure::fenced;
  } catch (const pqxx::unique_violation& problem) {
    spdlog::warn("a batch contradicts the log: {}", problem.what());
    return log_failure::contradicted;
  } catch (const std::exception& problem) {
    spdlog::warn("the writer's connection failed: {}", problem.what());
    return log_failure::disconnected;
  }
}

log_outcome<std::vector<append_result>> postgres_entry_log::append_halving(
    std::span<const append_item> batch) {
  std::vector<append_result> results(batch.size());
  std::vector<const append_item*> messages;
  std::vector<const append_item*> creates;
  std::vector<std::size_t> message_places;
  std::vector<std::size_t> create_places;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto kind = batch[i].draft->kind;
    if (kind != entry_kind::message && kind != entry_kind::create) continue;  // stays `refused`
    auto& list = kind == entry_kind::message ? messages : creates;
    auto& places = kind == entry_kind::message ? message_places : create_places;
    list.push_back(&batch[i]);
    places.push_back(i);
  }
  try {
    append_creates(creates, results, create_places);
    append_messages(messages, results, message_places);
    return results;
  } catch (const pqxx::data_exception& problem) {
    if (batch.size() == 1) {
      spdlog::error("an entry cannot be stored: {}", problem.what());
      return std::vector<append_result>(1);
    }
  }
  // What was committed before the failure is found again by its key.
  const auto half = batch.size() / 2;
  auto first = append_halving(batch.first(half));
  auto second = append_halving(batch.subspan(half));
  auto all = std::move(first.value());
  all.insert(all.end(), second.value().begin(), second.value().end());
  return all;
}

void postgres_entry_log::append_messages(std::span<const append_item* const> items,
                                         std::vector<append_result>& results,
                                         std::span<const std::size_t> places) {
  if (items.empty()) return;
  sql_array conversations;
  sql_array senders;
  sql_array keys;
  sql_array digests;
  sql_array bodies;
  std::vector<std::string> digest_texts;
  for (const auto* item : items) {
    conversations.add(item->conversation.value);
    senders.add(item->sender.value);
    keys.add(item->draft->key);
    digest_texts.push_back(digest_of(*item->draft));
    digests.add(digest_texts.back());
    bodies.add(item->draft->text);
  }
  pqxx::nontransaction work{*connection_};
  const auto rows =
      work.exec_prepared("append_messages", conversations.finish(), senders.finish(), keys.finish(),
                         digests.finish(), bodies.finish(), shard_lock_class, shards_of(items));
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto row = rows[static_cast<pqxx::result::size_type>(i)];
    if (!row["held"].as<bool>()) throw fenced_error{};
    results[places[i]] = result_from(row, digest_texts[i]);
  }
}

void postgres_entry_log::append_creates(std::span<const append_item* const> items,
                                        std::vector<append_result>& results,
                                        std::span<const std::size_t> places) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto& draft = *items[i]->draft;
    const auto digest = digest_of(draft);
    sql_array members;
    for (const auto member : draft.members) members.add(member.value);
    pqxx::nontransaction work{*connection_};
    const auto rows = work.exec_prepared(
        "append_creates", items[i]->conversation.value, items[i]->sender.value,
        draft.key.empty() ? nullptr : draft.key.c_str(), digest, draft.name ? draft.name->c_str() : nullptr,
        members.finish(), shard_lock_class, shard_of(items[i]->conversation).value);
    if (!rows[0]["held"].as<bool>()) throw fenced_error{};
    results[places[i]] = result_from(rows[0], digest);
  }
}

}  // namespace parley
