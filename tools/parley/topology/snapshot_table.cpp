#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tools/parley/topology/selection.hpp"
#include "tools/parley/topology/snapshot_formats.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::topology {

namespace {

using row = std::vector<std::string>;

constexpr std::size_t busiest_max = 10;

/// Columns as wide as they need to be; numbers stand at the right.
std::string aligned(const std::vector<row>& rows, std::size_t left_columns) {
  std::vector<int> widths;
  for (const auto& each : rows) {
    widths.resize(std::max(widths.size(), each.size()));
    for (std::size_t i = 0; i < each.size(); ++i)
      widths[i] = std::max(widths[i], view::columns_of(view::safe_text(each[i])));
  }
  std::string out;
  for (const auto& each : rows) {
    std::string line;
    for (std::size_t i = 0; i < each.size(); ++i) {
      const auto text = view::safe_text(each[i]);
      const std::string blank(static_cast<std::size_t>(widths[i] - view::columns_of(text)), ' ');
      line += (i == 0 ? "" : "  ") + (i < left_columns ? text + blank : blank + text);
    }
    out += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  return out;
}

std::string nodes_table(const snapshot& what) {
  std::vector<row> rows{{"NODE", "LEVEL", "CUT AT", "ACTORS", "SHOWN"}};
  for (const auto& each : what.nodes)
    rows.push_back(each.missing ? row{each.name, "missing", *each.missing, "", ""}
                                : row{each.name, each.level, each.cut_at.value_or("-"),
                                      std::to_string(each.actors), std::to_string(each.actors_shown)});
  return aligned(rows, 3);
}

std::string kinds_table(const snapshot& what) {
  std::map<std::string, kind_count> sums;
  for (const auto& each : what.kinds) {
    auto& sum = sums[each.kind];
    sum.alive += each.alive;
    sum.started += each.started;
    sum.stopped += each.stopped;
    sum.enqueued += each.enqueued;
    sum.handled += each.handled;
    sum.discarded += each.discarded;
  }
  std::vector<row> rows{{"KIND", "ALIVE", "STARTED", "STOPPED", "HANDLED", "DISCARDED"}};
  for (const auto& [kind, sum] : sums)
    rows.push_back({kind, std::to_string(sum.alive), std::to_string(sum.started), std::to_string(sum.stopped),
                    std::to_string(sum.handled), std::to_string(sum.discarded)});
  return rows.size() == 1 ? std::string{} : '\n' + aligned(rows, 1);
}

std::string microseconds(const std::optional<times>& what) {
  return what ? fmt::format("{:.0f}", what->p99) : std::string{"-"};
}

std::string actors_table(const snapshot& what) {
  std::vector<const actor*> busiest;
  for (const auto& each : what.actors) busiest.push_back(&each);
  std::ranges::stable_sort(busiest, [](const actor* a, const actor* b) {
    return a->mailbox != b->mailbox ? a->mailbox > b->mailbox : a->handled > b->handled;
  });
  if (busiest.size() > busiest_max) busiest.resize(busiest_max);
  std::vector<row> rows{
      {"BUSIEST ACTOR", "KIND", "ENTITY", "MAILBOX", "HIGHEST", "HANDLED", "WAITED P99 µs"}};
  for (const auto* each : busiest)
    rows.push_back({each->id, each->kind,
                    !each->name.empty()    ? each->name
                    : each->entity.empty() ? "-"
                                           : each->entity,
                    std::to_string(each->mailbox), std::to_string(each->mailbox_highest),
                    std::to_string(each->handled), microseconds(each->waited_us)});
  return rows.size() == 1 ? std::string{} : '\n' + aligned(rows, 3);
}

std::string links_table(const graph& what) {
  std::vector<const link*> heaviest;
  for (const auto& each : what.links) heaviest.push_back(&each);
  std::ranges::stable_sort(heaviest, std::greater{}, &link::weight);
  if (heaviest.size() > busiest_max) heaviest.resize(busiest_max);
  std::vector<row> rows{
      {what.title == "flows" ? "HEAVIEST FLOW" : "HEAVIEST EDGE", "TO", "MESSAGE", "COUNT"}};
  for (const auto* each : heaviest)
    rows.push_back({what.vertices[each->from].label, what.vertices[each->to].label,
                    each->label.empty() ? "-" : each->label, std::to_string(each->weight)});
  return rows.size() == 1 ? std::string{} : '\n' + aligned(rows, 3);
}

}  // namespace

std::string to_table(const snapshot& what, graph_of which) {
  return nodes_table(what) + kinds_table(what) + actors_table(what) + links_table(make_graph(what, which));
}

}  // namespace parley::topology
