#include <fmt/format.h>

#include <algorithm>

#include "tools/parley/topology/watch_lines.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::topology {

namespace {

using client::array_of;
using client::number_of;
using client::object_in;
using client::text_of;

constexpr std::size_t shown_max = 4;
constexpr std::size_t in_a_row_max = 5;

double real_of(const json::object& from, std::string_view member) {
  const auto* value = from.if_contains({member.data(), member.size()});
  return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
}

const json::object& inner(const json::object& from, std::string_view member) {
  static const json::object none;
  const auto* value = from.if_contains({member.data(), member.size()});
  return value == nullptr ? none : object_in(*value);
}

std::string snapshot_text(const json::object& taken) {
  std::uint64_t actors = 0;
  std::string nodes;
  for (const auto& each : array_of(taken, "nodes")) {
    const auto& node = object_in(each);
    actors += number_of(node, "actors");
    nodes += (nodes.empty() ? "" : ", ") + text_of(node, "name");
    if (const auto why = text_of(node, "missing"); !why.empty()) nodes += " (missing)";
  }
  return fmt::format("{} actors on {}; {} edges, {} flows", actors, nodes, array_of(taken, "edges").size(),
                     array_of(taken, "flows").size());
}

std::string actor_text(const json::object& line) {
  const auto& actor = inner(line, "actor");
  auto text = fmt::format("{} {}", text_of(actor, "kind"), text_of(actor, "id"));
  if (const auto entity = text_of(actor, "entity"); !entity.empty()) text += " " + entity;
  if (const auto reason = text_of(line, "reason"); !reason.empty()) text += fmt::format(" ({})", reason);
  return text;
}

std::string rates_text(const json::object& line) {
  std::vector<std::pair<double, std::string>> kinds;
  double all = 0;
  for (const auto& each : array_of(line, "kinds")) {
    const auto& kind = object_in(each);
    const auto rate = real_of(kind, "handled_per_s");
    all += rate;
    if (rate > 0) kinds.emplace_back(rate, text_of(kind, "node") + " " + text_of(kind, "kind"));
  }
  std::ranges::stable_sort(kinds, std::greater{}, [](const auto& each) { return each.first; });
  auto text = fmt::format("{:.0f} messages/s", all);
  for (std::size_t i = 0; i < kinds.size() && i < shown_max; ++i)
    text += fmt::format("{} {} {:.0f}", i == 0 ? ":" : ",", kinds[i].second, kinds[i].first);
  return text;
}

}  // namespace

std::vector<std::string> readable(const watch_lines::lines& lines) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin < lines.size();) {
    const auto what = text_of(lines[begin], "what");
    auto end = begin;
    while (end < lines.size() && text_of(lines[end], "what") == what) ++end;
    // One line more would be no shorter.
    const auto shown = end - begin > in_a_row_max + 1 ? in_a_row_max : end - begin;
    for (std::size_t i = 0; i < shown; ++i) out.push_back(readable(lines[begin + i]));
    if (shown < end - begin)
      out.push_back(fmt::format("{:14}… and {} more {}", "", end - begin - shown, what));
    begin = end;
  }
  return out;
}

std::string readable(const json::object& line) {
  const auto what = text_of(line, "what");
  std::string text;
  if (what == "snapshot")
    text = snapshot_text(inner(line, "snapshot"));
  else if (what == "actor_started" || what == "actor_stopped")
    text = actor_text(line);
  else if (what == "actor_moved")
    text = fmt::format("{} {} from {} to {}", text_of(line, "kind"), text_of(line, "entity"),
                       text_of(line, "from"), text_of(line, "to"));
  else if (what == "edge_appeared")
    text = fmt::format("{} -> {} {}", text_of(line, "from"), text_of(line, "to"), text_of(line, "type"));
  else if (what == "rates")
    text = rates_text(line);
  else
    text = text_of(line, "node");
  if (const auto why = text_of(line, "why"); !why.empty()) text += (text.empty() ? "" : ": ") + why;
  if (const auto count = number_of(line, "count"); what == "changes_lost")
    text += fmt::format(": {} changes were forgotten before they were read", count);
  auto at = text_of(line, "at");
  // The time of day is what somebody at a terminal needs.
  if (at.size() > 11) at = at.substr(11, 12);
  return view::safe_text(fmt::format("{}  {:<16} {}", at, what, text));
}

}  // namespace parley::topology
