#include "tools/parley/bench/message_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace parley::bench {

namespace {

constexpr std::string_view words =
    "people say what they have to say in sentences of some length, with a few commas and now and then a "
    "number. ";
constexpr std::string_view digit_names = "0123456789abcdef";

}  // namespace

message_text::message_text(std::size_t bytes) : digits_(std::min<std::size_t>(bytes, 10)) {
  text_.reserve(bytes);
  while (text_.size() < bytes) text_.append(words.substr(0, bytes - text_.size()));
}

std::string_view message_text::of(std::uint64_t number) {
  for (std::size_t i = digits_; i > 0; --i, number >>= 4U) text_[i - 1] = digit_names[number & 15U];
  return text_;
}

std::string_view write_key(std::uint64_t number, std::string& to) {
  to.clear();
  fmt::format_to(std::back_inserter(to), "m{}", number);
  return to;
}

std::uint64_t number_in_key(std::string_view key) {
  std::uint64_t number = 0;
  if (!key.starts_with('m')) return 0;
  const auto* end = key.data() + key.size();
  const auto read = std::from_chars(key.data() + 1, end, number);
  return read.ec == std::errc{} && read.ptr == end ? number : 0;
}

}  // namespace parley::bench
