#include "tools/parley/view/entry_text.hpp"

#include <fmt/format.h>

#include <array>
#include <ctime>

#include "tools/parley/view/safe_text.hpp"

namespace parley::view {

namespace {

std::string name_of(const std::string& id, const name_lookup& names) { return safe_text(names(id)); }

std::string list_of_members(const log_entry& entry, const name_lookup& names) {
  std::string list;
  for (const auto& each : entry.members) {
    if (each == entry.sender) continue;
    if (!list.empty()) list += ", ";
    list += name_of(each, names);
  }
  return list;
}

std::string words(const log_entry& entry, const name_lookup& names, line_ends ends) {
  const auto mark = entry.is_edited ? " (edited)" : "";
  if (entry.kind == "message") return entry.is_deleted ? "(deleted)" : safe_text(entry.text, ends) + mark;
  if (entry.kind == "create" && entry.name.empty()) return "began the conversation";
  if (entry.kind == "create")
    return fmt::format("made the group {} with {}", safe_text(entry.name), list_of_members(entry, names));
  if (entry.kind == "edit") return fmt::format("changed #{}: {}", entry.target, safe_text(entry.text, ends));
  if (entry.kind == "delete") return fmt::format("deleted #{}", entry.target);
  if (entry.kind == "join") return fmt::format("added {}", name_of(entry.user, names));
  if (entry.kind == "leave")
    return entry.user == entry.sender || entry.user.empty()
               ? "left"
               : fmt::format("removed {}", name_of(entry.user, names));
  if (entry.kind == "role")
    return fmt::format("made {} {}", name_of(entry.user, names), safe_text(entry.role));
  if (entry.kind == "rename") return fmt::format("named the group {}", safe_text(entry.name));
  return fmt::format("({})", safe_text(entry.kind));
}

/// A colour that stays the same for a name; none that is hard to read on dark or on light.
std::string coloured(const std::string& name) {
  constexpr std::array colours{31, 32, 33, 34, 35, 36};
  unsigned sum = 0;
  for (const char each : name) sum = sum * 31 + static_cast<unsigned char>(each);
  return fmt::format("\x1b[{};1m{}\x1b[0m", colours[sum % colours.size()], name);
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

int digits(const std::string& text, std::size_t from, std::size_t count) {
  const auto part = text.substr(from, count);
  return is_number(part) ? std::stoi(part) : 0;
}

}  // namespace

std::string words_for(const log_entry& entry, const name_lookup& names) {
  return words(entry, names, line_ends::escape);
}

std::string screen_lines(const log_entry& entry, const name_lookup& names, colouring colours) {
  const auto time = local_time(entry.at);
  const auto sender = name_of(entry.sender, names);
  auto text = words(entry, names, line_ends::keep);
  const auto indent = "\n" + std::string(time.size() + 2, ' ');
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + indent.size()))
    text.replace(at, 1, indent);
  const auto is_message = entry.kind == "message";
  if (colours == colouring::off)
    return is_message ? fmt::format("{}  {}: {}", time, sender, text)
                      : fmt::format("{}  * {} {}", time, sender, text);
  if (!is_message) return fmt::format("\x1b[2m{}  * {} {}\x1b[0m", time, sender, text);
  return fmt::format("\x1b[2m{}\x1b[0m  {}: {}", time, coloured(sender), text);
}

std::string plain_line(const log_entry& entry, const name_lookup& names) {
  const auto is_message = entry.kind == "message";
  return fmt::format("{}\t{}\t{}{}", safe_text(entry.at), name_of(entry.sender, names),
                     is_message ? "" : "* ", words_for(entry, names));
}

client::json::object json_entry(const client::json::object& entry, const name_lookup& names) {
  auto named = entry;
  named["sender_name"] = names(client::text_of(entry, "sender"));
  return named;
}

client::json::object json_entry(const log_entry& entry, const name_lookup& names) {
  client::json::object to{{"conversation", entry.conversation},
                          {"seq", entry.seq},
                          {"kind", entry.kind},
                          {"sender", entry.sender},
                          {"sender_name", names(entry.sender)},
                          {"at", entry.at}};
  if (!entry.key.empty()) to["key"] = entry.key;
  const auto has_text = (entry.kind == "message" && !entry.is_deleted) || entry.kind == "edit";
  if (has_text) to["text"] = entry.text;
  if (entry.target != 0) to["target"] = entry.target;
  if (!entry.user.empty()) to["user"] = entry.user;
  if (!entry.role.empty()) to["role"] = entry.role;
  if (!entry.name.empty()) to["name"] = entry.name;
  if (!entry.members.empty()) {
    client::json::array members;
    for (const auto& each : entry.members) members.emplace_back(each);
    to["members"] = std::move(members);
  }
  if (entry.is_edited) to["edited"] = true;
  if (entry.is_deleted) to["deleted"] = true;
  return to;
}

std::string local_time(const std::string& at) {
  if (at.size() < 19) return "--:--";
  std::tm utc{};
  utc.tm_year = digits(at, 0, 4) - 1900;
  utc.tm_mon = digits(at, 5, 2) - 1;
  utc.tm_mday = digits(at, 8, 2);
  utc.tm_hour = digits(at, 11, 2);
  utc.tm_min = digits(at, 14, 2);
  const auto seconds = ::timegm(&utc);
  const auto now = std::time(nullptr);
  std::tm local{};
  std::tm today{};
  ::localtime_r(&seconds, &local);
  ::localtime_r(&now, &today);
  const auto is_today = local.tm_yday == today.tm_yday && local.tm_year == today.tm_year;
  std::array<char, 32> text{};
  const auto length = std::strftime(text.data(), text.size(), is_today ? "%H:%M" : "%e %b %H:%M", &local);
  return {text.data(), length};
}

}  // namespace parley::view
