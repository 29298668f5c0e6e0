#include "tools/parley/trace/critical_path.hpp"

#include <algorithm>

namespace parley::trace {

namespace {

/// The first span of this name that is this trace's own, not one that it shares.
std::optional<std::size_t> first_called(const trace_tree& tree, std::string_view name) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < tree.spans.size(); ++i)
    if (tree.at(i).name == name && tree.at(i).trace == tree.id &&
        (!found || tree.at(i).at_ns < tree.at(*found).at_ns))
      found = i;
  return found;
}

/// How much of the time from `first` to `last` some of the steps were at work or waited in a queue.
std::int64_t covered(const trace_tree& tree, const std::vector<step>& steps, std::int64_t first,
                     std::int64_t last) {
  std::vector<std::pair<std::int64_t, std::int64_t>> parts;
  for (const auto& each : steps)
    parts.emplace_back(std::clamp(tree.at(each.span).at_ns, first, last),
                       std::clamp(tree.at(each.span).ended_at_ns(), first, last));
  std::ranges::sort(parts);
  std::int64_t sum = 0;
  auto until = first;
  for (const auto& [from, to] : parts) {
    if (to <= until) continue;
    sum += to - std::max(from, until);
    until = to;
  }
  return sum;
}

}  // namespace

bool critical_path::holds(std::size_t span) const {
  return std::ranges::any_of(steps, [span](const step& each) { return each.span == span; });
}

critical_path find_critical_path(const trace_tree& tree) {
  critical_path out;
  const auto reply = first_called(tree, "write_reply");
  const auto end = reply ? reply : first_called(tree, "commit");
  for (auto at = end; at; at = tree.spans[*at].parent) out.steps.push_back({*at, 0});
  std::ranges::reverse(out.steps);
  for (std::size_t i = 0; i < out.steps.size(); ++i) {
    const auto& each = tree.at(out.steps[i].span);
    const auto until = i + 1 < out.steps.size() ? tree.at(out.steps[i + 1].span).at_ns : each.ended_at_ns();
    out.steps[i].took_ns = std::max<std::int64_t>(until - each.at_ns, 0);
  }
  out.is_whole = reply && tree.root && !out.steps.empty() && out.steps.front().span == *tree.root;
  if (!out.is_whole) return out;
  const auto first = tree.at(*tree.root).at_ns;
  const auto last = std::max(tree.at(*reply).ended_at_ns(), first);
  out.latency_ns = last - first;
  out.explained_ns = covered(tree, out.steps, first, last);
  return out;
}

}  // namespace parley::trace
