#include "tools/parley/trace/rows.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace parley::trace {

namespace {

constexpr std::size_t folded_from = 3;
/// Deeper than this the tree goes on without more columns.
constexpr std::size_t levels_max = 6;

struct waiting_row {
  row what;
  std::string rest;  // the branch of what is below it
  std::size_t level = 0;
};

/// Spans of the same node, kind and name together, in the order of their first.
std::vector<std::vector<std::size_t>> grouped(const trace_tree& tree, const std::vector<std::size_t>& spans,
                                              const critical_path& path, std::size_t least, folding how) {
  std::vector<std::vector<std::size_t>> groups;
  if (how == folding::off) {
    for (const auto each : spans) groups.push_back({each});
    return groups;
  }
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> places;
  for (const auto each : spans) {
    const auto& what = tree.at(each);
    if (path.holds(each)) {
      groups.push_back({each});
      continue;
    }
    const auto [place, is_new] = places.try_emplace({what.node, what.kind, what.name}, groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].push_back(each);
  }
  std::vector<std::vector<std::size_t>> out;
  for (auto& group : groups) {
    if (group.size() >= least) {
      out.push_back(std::move(group));
      continue;
    }
    for (const auto each : group) out.push_back({each});
  }
  std::ranges::stable_sort(out, {}, [&](const auto& group) { return tree.at(group.front()).at_ns; });
  return out;
}

std::vector<std::size_t> children_of(const trace_tree& tree, const std::vector<std::size_t>& spans) {
  std::vector<std::size_t> all;
  for (const auto each : spans)
    all.insert(all.end(), tree.spans[each].children.begin(), tree.spans[each].children.end());
  std::ranges::stable_sort(all, {}, [&](std::size_t each) { return tree.at(each).at_ns; });
  return all;
}

}  // namespace

std::vector<row> rows_of(const trace_tree& tree, const critical_path& path, folding how) {
  std::vector<row> out;
  std::vector<waiting_row> waiting;
  for (auto top = tree.tops.rbegin(); top != tree.tops.rend(); ++top)
    waiting.push_back({{{*top}, "", path.holds(*top), tree.root != *top}, "", 0});
  while (!waiting.empty()) {
    const auto next = std::move(waiting.back());
    waiting.pop_back();
    out.push_back(next.what);
    const auto& spans = next.what.spans;
    const auto groups =
        grouped(tree, children_of(tree, spans), path, spans.size() > 1 ? 2 : folded_from, how);
    const bool branches = groups.size() > 1 && next.level < levels_max;
    for (std::size_t i = groups.size(); i-- > 0;) {
      const bool is_last = i + 1 == groups.size();
      const auto first = next.rest + (!branches ? "" : is_last ? "└ " : "├ ");
      const auto rest = next.rest + (!branches ? "" : is_last ? "  " : "│ ");
      waiting.push_back({{groups[i], first, groups[i].size() == 1 && path.holds(groups[i].front()), false},
                         rest,
                         next.level + (branches ? 1 : 0)});
    }
  }
  return out;
}

std::int64_t percentile(std::vector<std::int64_t> values, double percent) {
  if (values.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(values.size())));
  const auto place = static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(rank, 1, values.size()) - 1);
  std::ranges::nth_element(values, values.begin() + place);
  return values[static_cast<std::size_t>(place)];
}

spread spread_of(std::vector<std::int64_t> values) {
  if (values.empty()) return {};
  const auto [least, most] = std::ranges::minmax(values);
  return {least, percentile(std::move(values), 50), most};
}

}  // namespace parley::trace
