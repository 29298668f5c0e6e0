#include "persistence/postgres_entry_log.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "actors/contract/values/log_event.hpp"
#include "actors/contract/values/node_counters.hpp"
#include "persistence/append_rows.hpp"
#include "persistence/append_statements.hpp"
#include "persistence/digest.hpp"
#include "persistence/sql_array.hpp"
#include "persistence/sql_problem.hpp"

namespace parley {

namespace {

bool has_null(const std::string& text) { return text.find('\0') != std::string::npos; }

}  // namespace

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
