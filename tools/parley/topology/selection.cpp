#include "tools/parley/topology/selection.hpp"

#include <algorithm>
#include <unordered_set>

namespace parley::topology {

namespace {

/// Nodes time one message in so many.
constexpr double timed_one_in = 64;

double weight_of(const actor& what, top_by by) {
  switch (by) {
    case top_by::mailbox:
      return static_cast<double>(what.mailbox);
    case top_by::time:
      return handling_estimate_us(what);
    case top_by::messages:
      break;
  }
  return static_cast<double>(what.handled);
}

}  // namespace

bool selection::wants(std::string_view kind, std::string_view on_node, std::string_view of_entity) const {
  return (kinds.empty() || std::ranges::find(kinds, kind) != kinds.end()) &&
         (node.empty() || node == on_node) && (entity.empty() || entity == of_entity);
}

double handling_estimate_us(const actor& what) {
  if (!what.handling_us) return 0.0;
  // Of an older node, which told no sum, it is about what the median says.
  return what.handling_us->sum ? *what.handling_us->sum * timed_one_in
                               : what.handling_us->p50 * static_cast<double>(what.handled);
}

void select(snapshot& from, const selection& what) {
  if (what.wants_all()) return;
  std::erase_if(from.actors,
                [&what](const actor& each) { return !what.wants(each.kind, each.node, each.entity); });
  if (what.top != 0) {
    std::ranges::stable_sort(from.actors, std::greater{},
                             [&what](const actor& each) { return weight_of(each, what.by); });
    if (from.actors.size() > what.top)
      from.actors.erase(from.actors.begin() + static_cast<std::ptrdiff_t>(what.top), from.actors.end());
  }
  std::erase_if(from.kinds,
                [&what](const kind_count& each) { return !what.wants(each.kind, each.node, what.entity); });
  std::unordered_set<std::string_view> ids;
  std::unordered_set<std::string_view> entities;
  for (const auto& each : from.actors) {
    ids.insert(each.id);
    if (!each.entity.empty()) entities.insert(each.entity);
  }
  std::erase_if(from.edges,
                [&ids](const edge& each) { return !ids.contains(each.from) && !ids.contains(each.to); });
  // A person or a conversation that is asked for by name may have no actor now, and flows all the same.
  if (!what.entity.empty()) entities.insert(what.entity);
  std::erase_if(from.flows, [&](const flow& each) {
    return !entities.contains(each.from) && !entities.contains(each.to);
  });
  for (auto& each : from.nodes)
    each.actors_shown = static_cast<std::uint64_t>(
        std::ranges::count_if(from.actors, [&each](const actor& one) { return one.node == each.name; }));
}

}  // namespace parley::topology
