#include "tools/parley/top/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "tools/parley/view/safe_text.hpp"

namespace parley::top {

namespace {

constexpr std::array<std::string_view, 9> bars{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::string_view plain_bars = " .:-=+*#@";

}  // namespace

std::string count_text(std::uint64_t number) {
  if (number >= 10'000'000) return fmt::format("{:.1f} M", static_cast<double>(number) / 1e6);
  auto text = std::to_string(number);
  for (auto place = static_cast<std::ptrdiff_t>(text.size()) - 3; place > 0; place -= 3)
    text.insert(static_cast<std::size_t>(place), 1, ',');
  return text;
}

std::string rate_text(const std::optional<double>& rate) {
  if (!rate) return "-";
  if (*rate >= 99.95) return count_text(static_cast<std::uint64_t>(std::llround(*rate)));
  if (*rate < 0.05) return *rate > 0 ? "<0.1" : "0";
  return fmt::format("{:.1f}", *rate);
}

std::string time_text(double microseconds) {
  if (microseconds >= 1e6) return fmt::format("{:.1f} s", microseconds / 1e6);
  if (microseconds >= 1e4) return fmt::format("{:.0f} ms", microseconds / 1e3);
  if (microseconds >= 1e3) return fmt::format("{:.1f} ms", microseconds / 1e3);
  return fmt::format("{:.0f} us", microseconds);
}

std::string share_text(const std::optional<double>& share) {
  if (!share) return "-";
  return fmt::format("{:.1f} %", *share * 100);
}

std::string bytes_text(std::uint64_t bytes) {
  const auto amount = static_cast<double>(bytes);
  if (bytes >= 1'000'000) return fmt::format("{:.1f} MB", amount / 1e6);
  if (bytes >= 1'000) return fmt::format("{:.0f} kB", amount / 1e3);
  return fmt::format("{} B", bytes);
}

std::string trend_text(const std::vector<double>& numbers, int columns) {
  const auto room = static_cast<std::size_t>(std::max(columns, 0));
  const auto shown = std::min(numbers.size(), room);
  std::string text(room - shown, ' ');
  if (shown == 0) return text;
  const auto first = numbers.end() - static_cast<std::ptrdiff_t>(shown);
  const auto most = *std::max_element(first, numbers.end());
  for (auto each = first; each != numbers.end(); ++each) {
    // Whatever is more than nothing is seen.
    const auto height = most > 0 && *each > 0 ? std::max(1L, std::lround(*each / most * 8)) : 0L;
    text += bars[static_cast<std::size_t>(height)];
  }
  return text;
}

std::string cut_to(const std::string& text, int columns) {
  if (view::columns_of(text) <= columns) return text;
  std::string kept;
  int used = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const auto point = view::first_code_point(rest);
    const auto width = view::columns_of(point.value);
    if (used + width > columns - 1) break;
    used += width;
    kept += rest.substr(0, point.bytes);
    rest.remove_prefix(point.bytes);
  }
  return columns > 0 ? kept + "…" : "";
}

std::string left_in(const std::string& text, int columns) {
  auto shown = cut_to(text, columns);
  return shown.append(static_cast<std::size_t>(std::max(0, columns - view::columns_of(shown))), ' ');
}

std::string right_in(const std::string& text, int columns) {
  const auto shown = cut_to(text, columns);
  return std::string(static_cast<std::size_t>(std::max(0, columns - view::columns_of(shown))), ' ') + shown;
}

std::string as_ascii(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const auto point = view::first_code_point(text);
    const auto sign = text.substr(0, point.bytes);
    const auto bar = std::ranges::find(bars, sign);
    if (point.is_valid && point.value < 0x80)
      plain += sign;
    else if (bar != bars.end())
      plain += plain_bars[static_cast<std::size_t>(bar - bars.begin())];
    else if (sign == "…")
      plain += '~';
    else if (sign == "›")
      plain += '>';
    else if (sign == "·")
      plain += '-';
    else if (sign == "▼")
      plain += 'v';
    else if (sign == "▲")
      plain += '^';
    else
      plain.append(static_cast<std::size_t>(std::max(1, view::columns_of(point.value))), '?');
    text.remove_prefix(point.bytes);
  }
  return plain;
}

}  // namespace parley::top
