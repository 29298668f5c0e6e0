#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.hpp"
#include "tests/fuzz/support/check.hpp"

// A configuration file; behind a first line "#!flags", a command line of one argument a line instead.

namespace {

using namespace parley;
using parley::testing::check;

constexpr std::size_t line_bytes_max = 2'000;

/// A file that exists nowhere but in memory.
class memory_file {
public:
  memory_file() : descriptor_(::memfd_create("node.yaml", 0)) { check(descriptor_ >= 0, "there is memory"); }
  ~memory_file() { ::close(descriptor_); }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;

  load_result load(std::string_view text) const {
    check(::ftruncate(descriptor_, 0) == 0, "a file can be emptied");
    check(::pwrite(descriptor_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()),
          "a file can be written");
    const std::vector<std::string> arguments{"--config=/proc/self/fd/" + std::to_string(descriptor_)};
    return load_settings(arguments, {});
  }

private:
  int descriptor_;
};

/// Every line is one for a terminal, and there is at least one when nothing was loaded.
void check_errors(const load_result& result) {
  check(result.loaded.has_value() || !result.errors.empty(), "what is refused is told");
  for (const auto& line : result.errors) {
    check(line.size() <= line_bytes_max, "a line has an end", line);
    check(std::none_of(line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }),
          "an error is one printable line", line);
  }
}

/// What was loaded is printed as a file that means the same.
void check_round_trip(const load_result& result, const memory_file& file) {
  const auto printed = print_text(*result.loaded);
  if (printed.find("(secret)") != std::string::npos) return;
  const auto again = file.load(printed);
  check(again.loaded.has_value(), "what is printed can be loaded",
        again.errors.empty() ? printed : again.errors[0]);
  const auto values_only = [](std::string text) {
    // Where a value came from stands behind it.
    std::string kept;
    for (std::size_t at = 0; at < text.size();) {
      const auto end = std::min(text.find('\n', at), text.size());
      const auto line = text.substr(at, end - at);
      kept += line.substr(0, line.find(" # ")) + "\n";
      at = end + 1;
    }
    return kept;
  };
  check(values_only(print_text(*again.loaded)) == values_only(printed), "it means the same", printed);
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    // Files of this machine are none of the fuzzer's business.
    const auto line = text.substr(0, end);
    if (!line.starts_with("--config")) lines.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const memory_file file;
  std::string_view text{reinterpret_cast<const char*>(data), size};
  constexpr std::string_view flags = "#!flags\n";
  const bool is_command_line = text.starts_with(flags);
  const auto result =
      is_command_line ? load_settings(lines_of(text.substr(flags.size())), {}) : file.load(text);
  check_errors(result);
  if (result.loaded) check_round_trip(result, file);
  return 0;
}
