// What a writer connection stores beside messages and new conversations.
#include <optional>

#include "persistence/append_rows.hpp"
#include "persistence/append_statements.hpp"
#include "persistence/digest.hpp"
#include "persistence/postgres_entry_log.hpp"
#include "persistence/sql_array.hpp"

namespace parley {

namespace {

/// What the column `target` holds of an entry: the place of a message, or a user.
std::int64_t target_of(const append_item& item) {
  const auto& draft = *item.draft;
  switch (draft.kind) {
    case entry_kind::edit:
    case entry_kind::erase:
      return draft.target;
    case entry_kind::leave:
      return draft.user ? draft.user.value : item.sender.value;
    case entry_kind::join:
    case entry_kind::role:
      return draft.user.value;
    case entry_kind::create:
    case entry_kind::message:
    case entry_kind::rename:
      break;
  }
  return 0;
}

const std::string& text_of(const entry_draft& draft) {
  return draft.kind == entry_kind::rename && draft.name ? *draft.name : draft.text;
}

/// A batch of changes as the arrays of its statement.
struct change_columns {
  sql_array conversations, senders, keys, digests, kinds, targets, texts, roles, successors;
  shard_list shards;
  std::vector<std::string> digest_texts;

  void add(const append_item& item) {
    const auto& draft = *item.draft;
    shards.add(item.conversation);
    digest_texts.push_back(digest_of(draft));
    conversations.add(item.conversation.value);
    senders.add(item.sender.value);
    draft.key.empty() ? keys.add_null() : keys.add(draft.key);
    digests.add(digest_texts.back());
    kinds.add(static_cast<std::int64_t>(draft.kind));
    targets.add(target_of(item));
    texts.add(text_of(draft));
    roles.add(static_cast<std::int64_t>(draft.role));
    successors.add(item.successor.value);
  }
};

}  // namespace

void postgres_entry_log::append_change_batch(const part& changes, progress& done) {
  change_columns columns;
  for (const auto* item : changes.items) columns.add(*item);
  const watched_connection::bounded limited{*connection_};
  pqxx::nontransaction work{connection_->connection()};
  const auto rows = work.exec_prepared(
      "append_changes", columns.conversations.finish(), columns.senders.finish(), columns.keys.finish(),
      columns.digests.finish(), columns.kinds.finish(), columns.targets.finish(), columns.texts.finish(),
      columns.roles.finish(), columns.successors.finish(), shard_lock_class, columns.shards.text());
  for (std::size_t i = 0; i < changes.items.size(); ++i) {
    const auto row = rows[static_cast<pqxx::result::size_type>(i)];
    if (!row["held"].as<bool>()) throw fenced_error{};
    if (!row["seq"].is_null()) done.results[changes.places[i]] = result_from(row, columns.digest_texts[i]);
  }
  done.wrote = true;
}

log_outcome<std::vector<read_result_item>> postgres_entry_log::mark_read(std::span<const read_item> batch) {
  if (!connection_) return log_failure::disconnected;
  if (batch.empty()) return std::vector<read_result_item>{};
  sql_array conversations, users, places;
  shard_list shards;
  for (const auto& item : batch) {
    conversations.add(item.conversation.value);
    users.add(item.user.value);
    places.add(item.seq);
    shards.add(item.conversation);
  }
  try {
    const watched_connection::bounded limited{*connection_};
    pqxx::nontransaction work{connection_->connection()};
    const auto rows = work.exec_prepared("mark_read", conversations.finish(), users.finish(), places.finish(),
                                         shard_lock_class, shards.text());
    std::vector<read_result_item> results;
    for (const auto& row : rows) {
      if (!row["held"].as<bool>()) throw fenced_error{};
      results.push_back({row["read_seq"].as<sequence>(), row["moved"].as<bool>()});
    }
    return results;
  } catch (const fenced_error& problem) {
    return failed(problem, log_failure::fenced, {});
  } catch (const std::exception& problem) {
    return failed(problem, log_failure::disconnected, {});
  }
}

}  // namespace parley
