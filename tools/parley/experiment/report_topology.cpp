#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "tools/parley/experiment/csv.hpp"
#include "tools/parley/experiment/report_data.hpp"
#include "tools/parley/topology/recorded_lines.hpp"
#include "tools/parley/topology/recording.hpp"
#include "tools/parley/topology/state_at.hpp"

namespace parley::experiment {

using client::outcome;
using topology::snapshot;

namespace {

constexpr std::size_t pictures_max = 6;
constexpr std::size_t links_max = 600;

/// A moment whose picture is wanted.
struct wanted {
  std::string label;
  double at_s = 0;
};

/// Before the first fault, and as late as may be after each: then things have settled.
std::vector<wanted> moments_of(const measured_folder& of) {
  std::vector<wanted> out;
  std::vector<const happened*> faults;
  for (const auto& each : of.faults)
    if (each.began_s >= 0 && faults.size() + 1 < pictures_max) faults.push_back(&each);
  if (faults.empty()) return {{"At the end", of.load_s}};
  out.push_back({"Before", faults.front()->began_s});
  for (std::size_t i = 0; i < faults.size(); ++i)
    out.push_back({"After: " + faults[i]->said, i + 1 < faults.size() ? faults[i + 1]->began_s : of.load_s});
  return out;
}

/// How many entries went from entity to entity, whichever nodes counted them.
using flow_counts = std::map<std::pair<std::string, std::string>, std::uint64_t>;

flow_counts flows_of(const snapshot& at) {
  flow_counts out;
  for (const auto& each : at.flows)
    if (each.type == "message" || each.type == "entries_delivered") out[{each.from, each.to}] += each.count;
  return out;
}

/// Numbers people and groups as the experiment's tables do.
class entity_names {
public:
  outcome<void> read(const measured_folder& of) {
    auto done = read_csv(of.path / "people.csv", {"id", "name"},
                         [&](const auto& cells) { names_["person:" + cells[0]] = cells[1]; });
    if (done.has_error()) return done;
    return read_csv(of.path / "groups.csv", {"id", "name"},
                    [&](const auto& cells) { names_["conversation:" + cells[0]] = cells[1]; });
  }
  [[nodiscard]] std::string of(const std::string& entity) const {
    const auto found = names_.find(entity);
    return found == names_.end() ? entity : found->second;
  }

private:
  std::map<std::string, std::string> names_;
};

/// The picture of a moment: nodes, on them conversations and people with a session there, and what flowed
/// between them since the picture before.
json::object picture(const wanted& what, double at_s, const snapshot& now, const flow_counts& before,
                     const entity_names& named, double since_s) {
  std::map<std::string, std::pair<std::string, std::string>> places;  // entity → node, kind
  for (const auto& each : now.actors) {
    if (each.kind == "conversation" && !each.entity.empty())
      places[each.entity] = {each.node, "conversation"};
    if (each.kind == "session" && !each.person.empty()) places[each.person] = {each.node, "person"};
  }
  std::vector<std::pair<std::uint64_t, std::pair<std::string, std::string>>> links;
  for (const auto& [ends, count] : flows_of(now)) {
    if (!places.contains(ends.first) || !places.contains(ends.second)) continue;
    const auto earlier = before.find(ends);
    // A node that died took its counts with it.
    const auto grown = earlier == before.end() || earlier->second > count ? count : count - earlier->second;
    if (grown != 0) links.push_back({grown, ends});
  }
  std::ranges::sort(links, std::greater{});
  const auto all_links = links.size();
  if (links.size() > links_max) links.resize(links_max);
  json::array nodes;
  for (const auto& each : now.nodes) {
    json::object one{{"name", each.name}, {"actors", each.actors}};
    if (each.missing) one["missing"] = *each.missing;
    nodes.push_back(std::move(one));
  }
  json::array entities;
  for (const auto& [entity, place] : places)
    entities.push_back(json::object{
        {"id", entity}, {"label", named.of(entity)}, {"node", place.first}, {"kind", place.second}});
  json::array drawn;
  for (const auto& [count, ends] : links)
    drawn.push_back(json::object{{"from", ends.first}, {"to", ends.second}, {"count", count}});
  return {{"label", what.label},
          {"at_s", at_s},
          {"since_s", since_s},
          {"nodes", std::move(nodes)},
          {"entities", std::move(entities)},
          {"links", std::move(drawn)},
          {"links_all", all_links}};
}

/// How long messages waited in mailboxes, by kind of actor: of what was timed between two snapshots.
class mailbox_waits {
public:
  explicit mailbox_waits(const measured_folder& of) : of_(of) {}

  void take(const snapshot& at, double at_s) {
    std::map<std::string, std::pair<double, double>> sums;
    for (const auto& each : at.actors) {
      if (!each.waited_us || !each.waited_us->sum) continue;
      const auto now = std::pair{*each.waited_us->sum, static_cast<double>(each.waited_us->count)};
      auto& last = last_[each.id];
      if (now.second < last.second) last = {};
      sums[each.kind].first += now.first - last.first;
      sums[each.kind].second += now.second - last.second;
      last = now;
    }
    if (has_first_ && at_s >= 0 && at_s <= of_.load_s + 10) {
      t_.emplace_back(at_s);
      for (const auto& [kind, sum] : sums) {
        auto& values = kinds_[kind];
        values.resize(t_.size() - 1);
        values.push_back(sum.second > 0 ? std::optional{sum.first / sum.second} : std::nullopt);
        most_[kind] += sum.first;
      }
    }
    has_first_ = true;
  }

  json::object write() {
    std::vector<std::pair<double, std::string>> order;
    for (const auto& [kind, sum] : most_) order.emplace_back(-sum, kind);
    std::ranges::sort(order);
    json::object kinds;
    for (std::size_t i = 0; i < std::min<std::size_t>(order.size(), 6); ++i) {
      auto& values = kinds_[order[i].second];
      values.resize(t_.size());
      json::array out;
      for (const auto& each : values) out.push_back(each ? json::value(*each) : json::value{});
      kinds[order[i].second] = std::move(out);
    }
    return {{"t", t_}, {"kinds", std::move(kinds)}};
  }

private:
  const measured_folder& of_;
  bool has_first_ = false;
  json::array t_;
  std::map<std::string, std::pair<double, double>> last_;
  std::map<std::string, std::vector<std::optional<double>>> kinds_;
  std::map<std::string, double> most_;
};

}  // namespace

outcome<void> add_topology(const measured_folder& of, json::object& to) {
  auto from = topology::recording_reader::open(of.path / "topology.rec");
  if (from.has_error()) return from.error();
  entity_names named;
  if (auto done = named.read(of); done.has_error()) return done;
  const auto moments = moments_of(of);
  json::array pictures;
  mailbox_waits waits{of};
  topology::state_at state;
  std::optional<std::pair<double, snapshot>> newest;
  flow_counts before;
  double since = 0;
  std::size_t next = 0;
  const auto draw = [&] {
    pictures.push_back(picture(moments[next], newest->first, newest->second, before, named, since));
    before = flows_of(newest->second);
    since = newest->first;
    ++next;
  };
  for (;;) {
    auto frame = from->next();
    if (frame.has_error()) return frame.error();
    if (!*frame) break;
    const auto lines = topology::lines_of(**frame);
    if (lines.has_error()) return lines.error();
    for (const auto& each : *lines) {
      if (const auto done = state.take(each.object); done.has_error()) return done.error();
      if (client::text_of(each.object, "what") != "snapshot") continue;
      const auto at_s = (static_cast<double>(each.at) - of.time_zero_ms) / 1e3;
      while (next < moments.size() && newest && at_s > moments[next].at_s) draw();
      newest.emplace(at_s, state.at(each.at));
      waits.take(newest->second, at_s);
    }
  }
  while (next < moments.size() && newest) draw();
  to["graphs"] = std::move(pictures);
  to["waits_us"] = waits.write();
  return {};
}

}  // namespace parley::experiment
