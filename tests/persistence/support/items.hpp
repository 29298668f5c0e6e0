#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/contract/values/ports/entry_log.hpp"

namespace parley::testing {

inline std::vector<shard_index> all_shards() {
  std::vector<shard_index> shards;
  for (std::int32_t i = 0; i < shard_count; ++i) shards.push_back({i});
  return shards;
}

/// Opens the connection anew and has it hold these shards: all of them, or the reason why not.
inline outcome<void> hold(entry_log& log, const std::vector<shard_index>& shards) {
  if (auto opened = log.open(); opened.has_error()) return opened;
  auto taken = log.take(shards);
  if (taken.has_error()) return taken.error();
  if (taken.value().why_not_all) {
    log.release();
    return *taken.value().why_not_all;
  }
  return {};
}

inline append_item item(std::int64_t conversation, std::int64_t sender, shared_draft draft) {
  append_item made;
  made.conversation = {conversation};
  made.sender = {sender};
  made.draft = std::move(draft);
  return made;
}

/// The first conversation id from `from` on that belongs to the shard.
inline conversation_id conversation_in(shard_index shard, std::int64_t from = 1) {
  for (;; ++from)
    if (shard_of(conversation_id{from}) == shard) return {from};
}

inline append_item message(std::int64_t conversation, std::int64_t sender, std::string key,
                           std::string text) {
  auto draft = std::make_shared<entry_draft>();
  draft->key = std::move(key);
  draft->text = std::move(text);
  return item(conversation, sender, std::move(draft));
}

inline append_item direct(std::int64_t id, std::int64_t opener, std::int64_t low, std::int64_t high) {
  auto draft = std::make_shared<entry_draft>();
  draft->kind = entry_kind::create;
  draft->members = {{low}, {high}};
  return item(id, opener, std::move(draft));
}

inline append_item group(std::int64_t id, std::int64_t creator, std::string key, std::string name,
                         std::vector<user_id> members) {
  auto draft = std::make_shared<entry_draft>();
  draft->kind = entry_kind::create;
  draft->key = std::move(key);
  draft->name = std::move(name);
  draft->members = std::move(members);
  return item(id, creator, std::move(draft));
}

}  // namespace parley::testing
