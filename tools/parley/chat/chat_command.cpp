#include "tools/parley/chat/chat_command.hpp"

#include <algorithm>

namespace parley::chat {

namespace {

using kind = chat_command::kind;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

chat_command mistake(std::string text) { return {kind::mistake, std::move(text), {}}; }

/// `NAME a,b` or `"Two words" a,b`: the last word is the list of members.
chat_command read_group(std::string_view rest) {
  const auto space = rest.rfind(' ');
  if (space == std::string_view::npos) return mistake("say who is in it: /group NAME PERSON,PERSON");
  auto name = trimmed(rest.substr(0, space));
  if (name.size() > 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
  chat_command command{kind::group, std::string(name), {}};
  auto list = rest.substr(space + 1);
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (const auto member = trimmed(list.substr(0, comma)); !member.empty())
      command.members.emplace_back(member);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return command;
}

}  // namespace

chat_command read_command(std::string_view line) {
  if (trimmed(line).empty()) return {};
  if (line.starts_with("//")) return {kind::text, std::string(line.substr(1)), {}};
  if (!line.starts_with('/')) return {kind::text, std::string(line), {}};
  line = trimmed(line);
  const auto space = std::min(line.find(' '), line.size());
  const auto word = line.substr(0, space);
  const auto rest = trimmed(line.substr(space));
  if (word == "/list") return {kind::list, {}, {}};
  if (word == "/more") return {kind::more, {}, {}};
  if (word == "/who") return {kind::who, {}, {}};
  if (word == "/help") return {kind::help, {}, {}};
  if (word == "/quit") return {kind::quit, {}, {}};
  if (word == "/open")
    return rest.empty() ? mistake("say which: /open NUMBER, as /list shows it")
                        : chat_command{kind::open, std::string(rest), {}};
  if (word == "/with")
    return rest.empty() ? mistake("say with whom: /with PERSON")
                        : chat_command{kind::with, std::string(rest), {}};
  if (word == "/group") return read_group(rest);
  return mistake("there is no command " + std::string(word) +
                 "; /help shows them. A text that begins with / is written with two: //" +
                 std::string(line.substr(1)));
}

std::string_view chat_help() {
  return "/list                 your conversations, the newest first\n"
         "/open NUMBER|NAME     go to one of them\n"
         "/with PERSON          go to the direct conversation with somebody, or begin it\n"
         "/group NAME a,b       make a group with these people and go there\n"
         "/more                 show what was said before\n"
         "/who                  who is in this conversation\n"
         "/quit                 leave (also Ctrl-D)\n"
         "//text                send a text that begins with a slash\n"
         "An empty line tries to connect at once, when offline.";
}

}  // namespace parley::chat
