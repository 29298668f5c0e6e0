#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/parley/client/json.hpp"

namespace parley::view {

/// An entry of a conversation's log, as the wire says it.
struct log_entry {
  std::string conversation;
  std::uint64_t seq = 0;
  std::string kind;
  std::string sender;  // ids, here and in `user` and `members`
  std::string at;
  std::string key;
  std::string text;
  std::uint64_t target = 0;  // of `edit` and `delete`
  std::string user;          // of `join`, `leave` and `role`
  std::string role;
  std::string name;  // of `create` and `rename`
  std::vector<std::string> members;
  bool is_edited = false;
  bool is_deleted = false;
};

/// Reads an entry; one that is none has `seq` 0.
log_entry entry_in(const client::json::object& object);

/// The ids of all people that the entry speaks of.
std::vector<std::string> people_in(const log_entry& entry);

}  // namespace parley::view
