#include "tools/parley/top/actor_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/parley/top/table.hpp"
#include "tools/parley/top/text.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::top {

namespace {

using page = std::vector<page_line>;

/// Names of types can be as long as templates are; what tells them apart stands in front.
constexpr int type_columns_min = 24;

void add_text(page& to, const std::string& title, const std::string& text) {
  line shown;
  shown.add(left_in(title, 11), look::dim).add(view::safe_text(text));
  to.push_back({std::move(shown), ""});
}

/// Below a table, apart from it.
void add_remark(page& to, const std::string& title, const std::string& text) {
  to.push_back({line{}, ""});
  add_text(to, title, text);
}

std::string times_words(const std::optional<times>& of, const std::string& level) {
  if (!of) return level == "kinds" ? "not timed below level counts (key l)" : "nothing was timed yet";
  // Percentiles are upper bounds; the longest of all is exact.
  return fmt::format("p50 {}, p99 {}, max {}; of {} timed", time_text(std::min(of->p50, of->max)),
                     time_text(std::min(of->p99, of->max)), time_text(of->max), count_text(of->count));
}

/// A heading and the table's rows; the key of a row is another actor when `leads` says so.
void add_table(page& to, table what, bool leads, int columns) {
  std::ranges::stable_sort(what.rows, [](const row& left, const row& right) {
    return left.cells.back().weight.value_or(0) > right.cells.back().weight.value_or(0);
  });
  auto made = lay_out(what, {}, 0, what.rows.size(), columns);
  to.push_back({line{}, ""});
  to.push_back({std::move(made.heading), ""});
  for (std::size_t i = 0; i < made.rows.size(); ++i)
    to.push_back({std::move(made.rows[i]), leads ? what.rows[i].key : ""});
}

cell number_cell(std::uint64_t number) {
  return {count_text(number), look::plain, static_cast<double>(number)};
}

void add_edges(page& to, const char* title, const std::vector<edge_now>& edges, std::string edge::*own,
               std::string edge::*other, const std::string& id, const actor_names& names, int columns) {
  table made;
  made.columns = {{title, "", alignment::left, 0},
                  {"WHO THAT IS", "", alignment::left, 1, 14},
                  {"TYPE", "", alignment::left, 0, type_columns_min},
                  {"MSG/S", ""},
                  {"ALL", "", alignment::right, 2}};
  for (const auto& each : edges) {
    if (each.what.*own != id) continue;
    const auto& there = each.what.*other;
    made.rows.push_back({there,
                         {{view::safe_text(there), look::name, std::nullopt},
                          {view::safe_text(names(there)), look::plain, std::nullopt},
                          {view::safe_text(each.what.type), look::plain, std::nullopt},
                          {rate_text(each.count), look::plain, each.count},
                          number_cell(each.what.count)}});
  }
  if (!made.rows.empty()) add_table(to, std::move(made), true, columns);
}

std::uint64_t refused_of(const actor& of, const std::string& type) {
  const auto found = std::ranges::find(of.refused, type, &std::pair<std::string, std::uint64_t>::first);
  return found == of.refused.end() ? 0 : found->second;
}

void add_types(page& to, const actor_now& of, const std::string& level, int columns) {
  if (of.what.types.empty()) {
    add_text(
        to, "types",
        level == "kinds" ? "not counted below level counts (key l)" : "no message since they are counted");
    return;
  }
  table made;
  made.columns = {{"HANDLED BY TYPE", "", alignment::left, 0, type_columns_min},
                  {"MSG/S", ""},
                  {"REFUSED", ""},
                  {"ALL", ""}};
  for (std::size_t i = 0; i < of.what.types.size(); ++i) {
    const auto& [type, count] = of.what.types[i];
    made.rows.push_back({type,
                         {{view::safe_text(type), look::plain, std::nullopt},
                          {rate_text(of.types[i]), look::plain, of.types[i]},
                          number_cell(refused_of(of.what, type)),
                          number_cell(count)}});
  }
  add_table(to, std::move(made), false, columns);
}

}  // namespace

std::vector<page_line> actor_page(const actor_now& of, const std::vector<edge_now>& edges,
                                  const std::string& level, const actor_names& names, int columns) {
  page lines;
  const auto& one = of.what;
  auto who = one.entity.empty() ? "no person, conversation or session" : one.entity;
  if (!one.name.empty()) who += " " + one.name;
  if (one.shard) who += fmt::format(", shard {}", *one.shard);
  add_text(lines, "stands for", who);
  const auto parent = names(one.parent);
  add_text(
      lines, "started",
      fmt::format("{} by {}{}", clock_of(one.started_at), one.parent.empty() ? "the program" : one.parent,
                  one.parent.empty() || parent.empty() ? "" : ", " + parent));
  lines.back().other = one.parent;
  add_text(lines, "messages",
           fmt::format("{} a second; {} handled of {}", rate_text(of.handled), count_text(one.handled),
                       count_text(one.enqueued)));
  add_text(lines, "mailbox",
           fmt::format("{} wait now{}", count_text(one.mailbox),
                       level == "kinds" ? "" : fmt::format(", {} at most", count_text(one.mailbox_highest))));
  add_text(lines, "waited", times_words(one.waited_us, level));
  add_text(lines, "handling", times_words(one.handling_us, level));
  if (of.busy) add_text(lines, "busy", fmt::format("about {} of a thread", share_text(of.busy)));
  add_types(lines, of, level, columns);
  if (level == "edges") {
    const auto before = lines.size();
    add_edges(lines, "FROM", edges, &edge::to, &edge::from, one.id, names, columns);
    add_edges(lines, "TO", edges, &edge::from, &edge::to, one.id, names, columns);
    if (lines.size() == before)
      add_remark(lines, "edges", "no message from or to an actor that lives, so far");
  } else {
    add_remark(lines, "edges", "from whom and to whom is not counted below level edges (key l)");
  }
  return lines;
}

}  // namespace parley::top
