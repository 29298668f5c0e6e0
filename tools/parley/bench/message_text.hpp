#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace parley::bench {

/// The texts of a run: all of one length in ASCII, each naming its number as far as there is room, so
/// that a text in the wrong place is noticed.
class message_text {
public:
  explicit message_text(std::size_t bytes);
  /// Good until the next call.
  std::string_view of(std::uint64_t number);
  bool is(std::uint64_t number, std::string_view text) { return text == of(number); }

private:
  std::string text_;
  std::size_t digits_;
};

/// The key of a message, and the number in such a key (0: it is none).
std::string_view write_key(std::uint64_t number, std::string& to);
std::uint64_t number_in_key(std::string_view key);

}  // namespace parley::bench
