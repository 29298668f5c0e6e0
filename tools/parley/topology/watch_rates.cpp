#include <algorithm>

#include "tools/parley/topology/moment.hpp"
#include "tools/parley/topology/watch_lines.hpp"

namespace parley::topology {

namespace {

constexpr char between_ends = '\x1f';

std::string key_of_link(const edge& what) {
  return what.from + between_ends + what.to + between_ends + what.type;
}
std::string key_of_link(const flow& what) {
  return what.from + between_ends + what.to + between_ends + what.type;
}

/// The same edge counted by several nodes is one.
template <class Link>
std::map<std::string, std::uint64_t> counts_of(const std::vector<Link>& links) {
  std::map<std::string, std::uint64_t> out;
  for (const auto& each : links) out[key_of_link(each)] += each.count;
  return out;
}

struct rated {
  std::string key;
  double per_s = 0;
};

/// What an edge had counted before it was first seen is not of this second.
json::array fastest(const std::map<std::string, std::uint64_t>& before,
                    const std::map<std::string, std::uint64_t>& now, double seconds, const char* of_type) {
  std::vector<rated> all;
  for (const auto& [key, count] : now)
    if (const auto found = before.find(key); found != before.end() && count > found->second)
      all.push_back({key, static_cast<double>(count - found->second) / seconds});
  std::ranges::stable_sort(all, std::greater{}, &rated::per_s);
  if (all.size() > watch_lines::rated_edges_max) all.resize(watch_lines::rated_edges_max);
  json::array out;
  for (const auto& each : all) {
    const auto first = each.key.find(between_ends);
    const auto second = each.key.find(between_ends, first + 1);
    json::object one{{"from", each.key.substr(0, first)},
                     {"to", each.key.substr(first + 1, second - first - 1)}};
    if (second + 1 < each.key.size()) one[of_type] = each.key.substr(second + 1);
    one["per_s"] = each.per_s;
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

bool watch_lines::wants_link(const edge& what) const {
  if (!wanted_.node.empty() && node_of(what.from) != wanted_.node && node_of(what.to) != wanted_.node)
    return false;
  if (wanted_.kinds.empty() && wanted_.entity.empty()) return true;
  // The kind of an actor that is known, and its entity.
  const auto fits = [this](const std::string& id) {
    const auto found = roles_.find(id);
    if (found == roles_.end()) return false;
    const auto split = found->second.find(between_ends);
    return wanted_.wants(found->second.substr(0, split), wanted_.node, found->second.substr(split + 1));
  };
  return fits(what.from) || fits(what.to);
}

bool watch_lines::wants_link(const flow& what) const {
  if (!wanted_.entity.empty() && what.from != wanted_.entity && what.to != wanted_.entity) return false;
  if (wanted_.kinds.empty()) return true;
  // A person is there as a user and as sessions.
  const auto fits = [this](const std::string& entity) {
    const auto is = kind_of(entity);
    return std::ranges::any_of(wanted_.kinds, [&is](const std::string& kind) {
      return kind == is || (is == "person" && (kind == "user" || kind == "session"));
    });
  };
  return fits(what.from) || fits(what.to);
}

template <class Link>
void watch_lines::find_new(const std::vector<Link>& links, std::string_view graph, const snapshot& look,
                           lines& into) {
  for (const auto& each : links) {
    if (!wants_link(each) || !edges_seen_.insert(key_of_link(each)).second) continue;
    auto made = line("edge_appeared", look.taken_at);
    made["graph"] = json::string_view{graph.data(), graph.size()};
    for (const auto& member : to_json(each)) made[member.key()] = member.value();
    into.push_back(std::move(made));
  }
}

watch_lines::lines watch_lines::take_look(const snapshot& look) {
  lines out;
  learn_nodes(look, out, n_ == 0);
  moving_sums now;
  for (const auto& each : look.nodes) {
    if (each.missing) continue;
    now.cut_at[each.name] = moment_of(each.cut_at.value_or(look.taken_at)).value_or(0);
    now.lives[each.name] = each.incarnation;
  }
  for (const auto& each : look.kinds) now.kinds[{each.node, each.kind}] = {each.enqueued, each.handled};
  now.edges = counts_of(look.edges);
  now.flows = counts_of(look.flows);
  if (edges_seen_.size() > remembered_edges_max) {
    // Those that are still heavy are not new; of the others some will be told of twice.
    edges_seen_.clear();
    for (const auto& each : look.edges) edges_seen_.insert(key_of_link(each));
    for (const auto& each : look.flows) edges_seen_.insert(key_of_link(each));
  }
  find_new(look.edges, "messages", look, out);
  find_new(look.flows, "flows", look, out);
  if (has_looked_) out.push_back(rates(look, now));
  before_ = std::move(now);
  has_looked_ = true;
  return out;
}

json::object watch_lines::rates(const snapshot& look, const moving_sums& now) {
  const auto seconds_at = [&](const std::string& node) {
    const auto then = before_.cut_at.find(node);
    const auto cut = now.cut_at.find(node);
    // In another life everything was counted anew.
    if (then == before_.cut_at.end() || cut == now.cut_at.end() ||
        before_.lives.at(node) != now.lives.at(node))
      return 0.0;
    return static_cast<double>(cut->second - then->second) / 1'000;
  };
  json::array kinds;
  for (const auto& each : look.kinds) {
    const auto found = before_.kinds.find({each.node, each.kind});
    const auto seconds = seconds_at(each.node);
    if (seconds <= 0 || !wanted_.wants(each.kind, each.node, wanted_.entity)) continue;
    const auto then =
        found == before_.kinds.end() ? std::pair<std::uint64_t, std::uint64_t>{} : found->second;
    const auto per_s = [seconds](std::uint64_t before, std::uint64_t after) {
      return after > before ? static_cast<double>(after - before) / seconds : 0.0;
    };
    kinds.push_back(json::object{{"node", each.node},
                                 {"kind", each.kind},
                                 {"alive", each.alive},
                                 {"enqueued_per_s", per_s(then.first, each.enqueued)},
                                 {"handled_per_s", per_s(then.second, each.handled)}});
  }
  double longest = 0;
  for (const auto& [node, cut] : now.cut_at) longest = std::max(longest, seconds_at(node));
  auto made = line("rates", look.taken_at);
  made["over_s"] = longest;
  made["kinds"] = std::move(kinds);
  made["edges"] = longest > 0 ? fastest(before_.edges, now.edges, longest, "type") : json::array{};
  made["flows"] = longest > 0 ? fastest(before_.flows, now.flows, longest, "type") : json::array{};
  return made;
}

}  // namespace parley::topology
