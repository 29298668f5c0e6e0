#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "tools/parley/commands/conversations.hpp"
#include "tools/parley/view/conversation_view.hpp"

namespace parley::chat {

/// A text on its way to a conversation; its key makes it one message, however often it is sent.
struct outgoing_text {
  std::string key;
  std::string text;
};

/// A conversation as this client knows it.
struct room {
  commands::listed_conversation info;
  view::conversation_view view;
  std::deque<outgoing_text> unsent;  // the first is on its way; together at most `chat_client::unsent_max`
  std::uint64_t names_asked_at = 0;  // the members were asked for when the log had come this far
  bool is_reading = false;           // a page of its history is on its way
  bool is_asking_names = false;

  /// What it is called among the others: the group's name, or the other person's.
  std::string title(const std::string& own_id) const;
};

}  // namespace parley::chat
