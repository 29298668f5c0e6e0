#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/support/check.hpp"
#include "tests/fuzz/support/conversation.hpp"

// Bytes on a fresh connection. What the server accepts is held against rules of its own here, written
// without the server's parser: two servers on the way must not disagree about where a request ends.

namespace {

using parley::testing::check;

std::string lowered(std::string_view text) {
  std::string lower{text};
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The values of a header in a lowered head.
std::vector<std::string> values_of(std::string_view head, std::string_view name) {
  std::vector<std::string> values;
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    const auto line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (line.starts_with(name) && trimmed(line.substr(name.size())).starts_with(':'))
      values.emplace_back(trimmed(line.substr(line.find(':') + 1)));
  }
  return values;
}

void check_accepted(std::string_view input) {
  const auto end = input.find("\r\n\r\n");
  check(end != std::string_view::npos, "only a whole head is accepted", input);
  const auto head = lowered(input.substr(0, end + 2));
  const bool is_old = head.substr(0, head.find("\r\n")).ends_with(" http/1.0");
  const auto hosts = values_of(head, "host").size();
  check(is_old ? hosts <= 1 : hosts == 1, "exactly one Host", input);
  const auto lengths = values_of(head, "content-length");
  const auto encodings = values_of(head, "transfer-encoding");
  check(lengths.size() + encodings.size() <= 1, "one statement about the body's length", input);
  for (const auto& length : lengths)
    check(!length.empty() &&
              std::all_of(length.begin(), length.end(), [](char c) { return c >= '0' && c <= '9'; }),
          "a length is a number", input);
  for (const auto& encoding : encodings) check(encoding == "chunked" && !is_old, "only chunked", input);
  check(head.find("\n ") == std::string::npos && head.find("\n\t") == std::string::npos, "no folded lines",
        input);
  check(head.find('\0') == std::string::npos, "no NUL", input);
  const auto target = head.find(' ') + 1;
  check(head[target] == '/', "a path", input);
  check(head.substr(target, head.find_first_of(" ?", target) - target).find("..") == std::string::npos,
        "a path below the root", input);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const auto output = parley::testing::converse(input);
  if (output.empty()) return 0;
  check(output.starts_with("HTTP/1.1 ") || output.starts_with("HTTP/1.0 "), "an HTTP answer", output);
  const auto status = output.substr(9, 3);
  check(
      status.find_first_not_of("0123456789") == std::string::npos && output.size() > 12 && output[12] == ' ',
      "a status of three digits", output);
  check(status != "500", "nothing is unexpected", output);
  if (status.front() == '2' || status == "101") check_accepted(input);
  return 0;
}
