#include "persistence/page_bytes.hpp"

#include <algorithm>

namespace parley {

namespace {

// Names of members, ids of 19 digits, times, punctuation: the longest of each.
constexpr std::size_t entry_frame = 224;
constexpr std::size_t view_frame = 256;
constexpr std::size_t member_frame = 96;
constexpr std::size_t id_bytes = 22;
constexpr std::size_t members_shown = 200;
constexpr std::size_t name_bytes_max = std::size_t{64} * 6;

constexpr std::size_t escape_of(char c) {
  if (c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t') return 1;
  return static_cast<unsigned char>(c) < 0x20 ? 5 : 0;
}

}  // namespace

std::size_t page_bytes_of(std::string_view text) {
  std::size_t bytes = text.size() + 2;
  for (const char c : text) bytes += escape_of(c);
  return bytes;
}

std::size_t page_bytes_of(const entry& one) {
  const auto& content = one.content;
  return entry_frame + page_bytes_of(content.key) + page_bytes_of(content.text) +
         page_bytes_of(content.name.value_or("")) + content.members.size() * id_bytes;
}

std::size_t page_bytes_of(const conversation_view& view) {
  auto bytes = view_frame + page_bytes_of(view.name.value_or(""));
  for (const auto& each : view.entries) bytes += page_bytes_of(each);
  for (const auto& each : view.members) bytes += member_frame + page_bytes_of(each.name);
  return bytes;
}

std::size_t page_bytes_beside_entries(const conversation_view& view) {
  return view_frame + name_bytes_max +
         std::min(view.member_count, members_shown) * (member_frame + name_bytes_max);
}

}  // namespace parley
