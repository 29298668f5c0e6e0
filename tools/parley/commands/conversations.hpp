#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/parley/commands/options.hpp"
#include "tools/parley/commands/script_session.hpp"

namespace parley::commands {

/// A conversation in the list of somebody's conversations.
struct listed_conversation {
  std::string id;
  bool is_group = false;
  std::string name;
  std::uint64_t head = 0;
  std::uint64_t unread = 0;
  std::uint64_t member_count = 0;
  std::map<std::string, std::string> members;  // id → name; the first 200
};

/// Somebody who can be found.
struct found_person {
  std::string id;
  std::string name;
};

/// Reads a conversation as `sync` and the event `conversation` say it.
listed_conversation conversation_in(const client::json::object& object);

/// Who is meant among those found: the exact name, else the only one that differs in case.
client::outcome<found_person> choose_person(const std::string& wanted, const client::json::array& found);

/// All conversations, newest activity first.
client::outcome<std::vector<listed_conversation>> list_conversations(script_session& session);

/// The person of this name, or of this id.
client::outcome<found_person> find_person(script_session& session, const std::string& name);

/// Which of them is the group of this name or id.
client::outcome<std::string> choose_group(const std::string& wanted,
                                          const std::vector<listed_conversation>& conversations);

/// The id of the conversation that is meant. A direct one is opened.
client::outcome<std::string> find_conversation(script_session& session, const conversation_options& wanted);

/// The names of all members.
client::outcome<std::map<std::string, std::string>> names_of_members(script_session& session,
                                                                     const std::string& conversation);

/// A key that nobody has used: 128 random bits.
std::string random_key();

}  // namespace parley::commands
