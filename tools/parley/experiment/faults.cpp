#include "tools/parley/experiment/faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace parley::experiment {

using client::outcome;
using client::problem;
using client::trouble;
using std::chrono::milliseconds;

namespace {

constexpr std::array acts{
    std::pair{std::string_view{"kill"}, act::kill}, std::pair{std::string_view{"freeze"}, act::freeze},
    std::pair{std::string_view{"drain"}, act::drain}, std::pair{std::string_view{"restart"}, act::restart},
    std::pair{std::string_view{"start"}, act::start}};
constexpr double longest_s = 24 * 3'600;

constexpr const char* what_is_right =
    "right is TIME kill|drain|restart|start TARGET or TIME freeze TARGET for TIME; TARGET is a node "
    "(node-2), "
    "'owner of group N', 'ended nodes' (start only) or postgres (restart only); for instance "
    "'20s kill owner of group 1'";

problem not_right(std::string what) { return {trouble::usage, fmt::format("{}; {}", what, what_is_right)}; }

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find_first_of(" \t", at), text.size());
    if (end > at) words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::optional<std::size_t> number_in(std::string_view text) {
  std::size_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size() || number == 0) return std::nullopt;
  return number;
}

/// Takes the target off the front of the words; how many they were, 0 when they name none.
std::size_t take_target(const std::vector<std::string_view>& words, fault& into) {
  if (words.empty()) return 0;
  if (words[0] == "postgres") {
    into.whom = victim::postgres;
    return 1;
  }
  if (words[0].starts_with("node-")) {
    const auto number = number_in(words[0].substr(5));
    into.whom = victim::node;
    into.number = number.value_or(0);
    return number ? 1 : 0;
  }
  if (words.size() >= 2 && words[0] == "ended" && words[1] == "nodes") {
    into.whom = victim::ended;
    return 2;
  }
  if (words.size() >= 4 && words[0] == "owner" && words[1] == "of" && words[2] == "group") {
    const auto number = number_in(words[3]);
    into.whom = victim::owner;
    into.number = number.value_or(0);
    return number ? 4 : 0;
  }
  return 0;
}

/// What does not go together, if anything.
std::string contradiction(const fault& in) {
  if (in.whom == victim::postgres && in.what != act::restart) return "PostgreSQL can only be restarted";
  if (in.whom == victim::ended && in.what != act::start) return "ended nodes can only be started";
  if (in.whom == victim::owner && in.what == act::start) return "a node that owns a group runs already";
  return {};
}

}  // namespace

std::string_view name_of(act what) {
  for (const auto& [name, each] : acts)
    if (each == what) return name;
  return "?";
}

outcome<milliseconds> read_duration(std::string_view text) {
  const problem wrong{trouble::usage,
                      fmt::format("'{}' is no duration; right is a number with its unit, such as 500ms, 20s "
                                  "or 2m",
                                  text.substr(0, 40))};
  double number = 0;
  const auto [end, failed] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (failed != std::errc{} || !std::isfinite(number) || number < 0) return wrong;
  const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
  const double ms = unit == "ms"  ? 1
                    : unit == "s" ? 1'000
                    : unit == "m" ? 60'000
                    : unit == "h" ? 3'600'000
                                  : 0;
  if (ms == 0 || number * ms > longest_s * 1'000) return wrong;
  return milliseconds{std::llround(number * ms)};
}

std::string duration_text(milliseconds what) {
  const auto ms = what.count();
  if (ms % 1'000 != 0) return fmt::format("{}ms", ms);
  return ms % 60'000 == 0 && ms != 0 ? fmt::format("{}m", ms / 60'000) : fmt::format("{}s", ms / 1'000);
}

outcome<fault> read_fault(std::string_view text) {
  auto words = words_of(text);
  if (words.size() < 3) return not_right("this is no fault");
  fault out;
  out.said = fmt::format("{}", fmt::join(words, " "));
  const auto at = read_duration(words[0]);
  if (at.has_error()) return not_right(fmt::format("'{}' is no time", words[0].substr(0, 40)));
  out.at = *at;
  bool is_known = false;
  for (const auto& [name, each] : acts) {
    if (words[1] != name) continue;
    out.what = each;
    is_known = true;
  }
  if (!is_known) return not_right(fmt::format("'{}' is nothing that can be done", words[1].substr(0, 40)));
  words.erase(words.begin(), words.begin() + 2);
  const auto taken = take_target(words, out);
  if (taken == 0) return not_right(fmt::format("'{}' is no target", fmt::join(words, " ")));
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(taken));
  if (out.what == act::freeze) {
    if (words.size() != 2 || words[0] != "for") return not_right("a freeze needs its length ('for 5s')");
    const auto lasts = read_duration(words[1]);
    if (lasts.has_error() || lasts->count() == 0)
      return not_right(fmt::format("'{}' is no time", words[1].substr(0, 40)));
    out.lasts = *lasts;
  } else if (!words.empty()) {
    return not_right(fmt::format("'{}' says nothing here", words[0].substr(0, 40)));
  }
  if (auto why = contradiction(out); !why.empty()) return not_right(std::move(why));
  return out;
}

}  // namespace parley::experiment
