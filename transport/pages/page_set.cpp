#include "transport/pages/page_set.hpp"

#include <algorithm>
#include <array>

namespace parley {

namespace {

/// FNV-1a, 64 bits: tells builds apart, which is all that an entity tag is asked for.
std::string entity_tag(std::string_view bytes) {
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100'0000'01b3;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string tag{"\""};
  for (int shift = 60; shift >= 0; shift -= 4) tag += digits[(hash >> static_cast<unsigned>(shift)) & 0xF];
  return tag + '"';
}

/// Whether a list of entity tags names this one; weakly compared, as RFC 9110 (section 13.1.2) wants.
bool names(std::string_view list, std::string_view tag) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    auto each = list.substr(0, comma);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    const auto begin = each.find_first_not_of(" \t");
    if (begin == std::string_view::npos) continue;
    each = each.substr(begin, each.find_last_not_of(" \t") - begin + 1);
    if (each == "*") return true;
    if (each.starts_with("W/")) each.remove_prefix(2);
    if (each == tag) return true;
  }
  return false;
}

}  // namespace

std::string_view content_security_policy() {
  // Trusted types forbid a script to turn text into markup, so nothing that was typed can become HTML.
  return "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
         "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
         "trusted-types 'none'";
}

page_set::page_set(std::span<const page_file> files) {
  for (const auto& file : files) entries_.push_back({file, entity_tag(file.bytes)});
  std::ranges::sort(entries_, {}, [](const entry& each) { return each.file.path; });
}

std::optional<page_answer> page_set::find(std::string_view path, std::string_view if_none_match) const {
  const auto found =
      std::ranges::lower_bound(entries_, path, {}, [](const entry& each) { return each.file.path; });
  if (found == entries_.end() || found->file.path != path) return std::nullopt;
  const auto& [file, tag] = *found;
  page_answer answer;
  answer.is_modified = !names(if_none_match, tag);
  if (answer.is_modified) answer.bytes = file.bytes;
  const bool keeps_for_ever = file.keeping == page_keeping::forever;
  answer.headers = {
      {"Content-Type", std::string(file.type)},
      {"ETag", tag},
      {"Cache-Control", keeps_for_ever ? "public, max-age=31536000, immutable" : "no-cache"},
      {"Content-Security-Policy", std::string(content_security_policy())},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
  };
  return answer;
}

}  // namespace parley
