#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace parley::chat {

/// What a line of input asks for.
struct chat_command {
  enum class kind { nothing, text, list, open, with, group, more, who, help, quit, mistake };
  kind what = kind::nothing;
  std::string argument;  // text to send, number or name to open, person, name of the group, the mistake
  std::vector<std::string> members;  // of `group`
};

/// Reads a line: a text, or a command that begins with `/`. A text that begins with a slash is written `//…`.
chat_command read_command(std::string_view line);

/// What `/help` shows.
std::string_view chat_help();

}  // namespace parley::chat
