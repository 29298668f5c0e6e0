#include "tools/parley/top/lists.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/parley/top/text.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::top {

namespace {

/// As many rates as a list shows.
constexpr int trend_columns = 16;
/// From here on a mailbox is worth a colour; a number below is what a busy moment brings.
constexpr double mailbox_warning = 100;
constexpr double mailbox_bad = 10'000;

cell text_cell(const std::string& text, look style = look::plain) {
  return {view::safe_text(text), style, std::nullopt};
}

cell count_cell(std::uint64_t number) {
  return {count_text(number), number == 0 ? look::dim : look::plain, static_cast<double>(number)};
}

cell rate_cell(const per_second& rate) {
  return {rate_text(rate), rate.value_or(0) > 0 ? look::plain : look::dim, rate};
}

cell mailbox_cell(std::uint64_t waiting) {
  auto shown = count_cell(waiting);
  if (*shown.weight >= mailbox_bad)
    shown.style = look::bad;
  else if (*shown.weight >= mailbox_warning)
    shown.style = look::warning;
  return shown;
}

cell trend_cell(const std::vector<double>& trend) {
  return {trend_text(trend, trend_columns), look::good, std::nullopt};
}

row node_row(const node_now& of) {
  const auto gone = !of.gone.empty();
  const cell nothing{"-", look::dim, std::nullopt};
  const auto skew =
      of.skew_ms ? cell{fmt::format("+{} ms", *of.skew_ms), look::plain, static_cast<double>(*of.skew_ms)}
                 : nothing;
  return {of.name,
          {text_cell(of.name, gone ? look::dim : look::name),
           gone ? text_cell("gone", look::bad) : text_cell(of.level), gone ? nothing : count_cell(of.actors),
           gone ? nothing : rate_cell(of.started), gone ? nothing : rate_cell(of.handled),
           gone ? nothing : mailbox_cell(of.mailbox), skew,
           gone ? text_cell(of.gone, look::bad) : trend_cell(of.trend)}};
}

}  // namespace

table nodes_table(const rates& from, const filter& wanted) {
  table made;
  made.columns = {{"NODE", "name", alignment::left},
                  {"LEVEL", "", alignment::left},
                  {"ACTORS", "actors"},
                  {"START/S", "started", alignment::right, 2},
                  {"MSG/S", "messages"},
                  {"MAILBOX", "mailbox"},
                  {"SKEW", "skew", alignment::right, 1},
                  {"LAST RATES", "", alignment::left, 4, trend_columns}};
  for (const auto& each : from.nodes())
    if (wanted.has_node(each.name) && wanted.has_words_of({each.name, each.gone, each.level}))
      made.rows.push_back(node_row(each));
  return made;
}

table kinds_table(const rates& from, const filter& wanted, const std::string& node) {
  std::vector<std::string> names;
  for (const auto& each : from.nodes())
    if ((node.empty() || each.name == node) && wanted.has_node(each.name)) names.push_back(each.name);
  table made;
  made.columns = {{"KIND", "name", alignment::left, 0},
                  {"ALIVE", "alive"},
                  {"START/S", "started", alignment::right, 1},
                  {"MSG/S", "messages"},
                  {"MAILBOX", "mailbox"},
                  {"LAST RATES", "", alignment::left, 20, trend_columns}};
  // One node is what the columns before say already.
  if (names.size() > 1)
    for (std::size_t i = 0; i < names.size(); ++i)
      made.columns.push_back(
          {view::safe_text(names[i]), "", alignment::right, std::min(2 + static_cast<int>(i), 19)});
  if (names.empty()) return made;
  for (const auto& each : from.kinds(names)) {
    if (!wanted.has_kind(each.kind) || !wanted.has_words_of({each.kind})) continue;
    row shown{each.kind,
              {text_cell(each.kind, look::name), count_cell(each.alive), rate_cell(each.started),
               rate_cell(each.handled), mailbox_cell(each.mailbox), trend_cell(each.trend)}};
    if (names.size() > 1)
      for (const auto& name : names) {
        const auto there = each.handled_by_node.find(name);
        shown.cells.push_back(rate_cell(there == each.handled_by_node.end() ? per_second{} : there->second));
      }
    made.rows.push_back(std::move(shown));
  }
  return made;
}

table actors_table(const rates& from, const filter& wanted, const std::string& node,
                   const std::string& kind) {
  table made;
  made.columns = {{"ACTOR", "actor", alignment::left, 0},
                  {"KIND", "kind", alignment::left, kind.empty() ? 0 : 6},
                  {"STANDS FOR", "entity", alignment::left, 2, 16},
                  {"MSG/S", "messages"},
                  {"MAILBOX", "mailbox"},
                  {"MOST", "most", alignment::right, 3},
                  {"BUSY", "time", alignment::right, 1},
                  {"WAITED p99", "waited", alignment::right, 4},
                  {"HANDLED", "handled", alignment::right, 5}};
  for (const auto& each : from.actors()) {
    const auto& one = each.what;
    if ((!node.empty() && one.node != node) || (!kind.empty() && one.kind != kind) || !wanted.has(one))
      continue;
    const auto who = one.name.empty() ? one.entity : fmt::format("{} {}", one.entity, one.name);
    const auto waited = one.waited_us ? cell{time_text(one.waited_us->p99), look::plain, one.waited_us->p99}
                                      : cell{"-", look::dim, std::nullopt};
    made.rows.push_back(
        {one.id,
         {text_cell(one.id, look::name),
          text_cell(one.kind),
          text_cell(who.empty() && one.shard ? fmt::format("shard {}", *one.shard) : who),
          rate_cell(each.handled),
          mailbox_cell(one.mailbox),
          count_cell(one.mailbox_highest),
          {share_text(each.busy), each.busy.value_or(0) > 0 ? look::plain : look::dim, each.busy},
          waited,
          count_cell(one.handled)}});
  }
  return made;
}

}  // namespace parley::top
