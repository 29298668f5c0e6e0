#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <queue>
#include <set>

#include "tools/parley/trace/exports.hpp"
#include "tools/parley/trace/time_text.hpp"
#include "tools/parley/trace/tree.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::trace {

namespace {

using vector_clock = std::map<std::string, std::uint64_t>;

/// ShiViz takes everything up to a blank for the host.
std::string host_of(const span& what, shiviz_hosts hosts) {
  auto name = view::safe_text(hosts == shiviz_hosts::nodes ? what.node : place_of(what));
  std::ranges::replace(name, ' ', '_');
  std::ranges::replace(name, '"', '_');
  std::ranges::replace(name, '\\', '_');
  return name;
}

/// The spans of a trace in an order in which nothing comes before its cause, and on each host in the order
/// in which it was handled. Where clocks contradict causes, causes count.
std::vector<std::size_t> causal_order(const trace_tree& tree, const std::vector<std::string>& hosts) {
  std::vector<std::size_t> by_time(tree.spans.size());
  for (std::size_t i = 0; i < by_time.size(); ++i) by_time[i] = i;
  std::ranges::stable_sort(by_time, {}, [&](std::size_t i) { return tree.at(i).handled_at_ns(); });
  std::vector<std::size_t> rank(by_time.size());
  std::map<std::string, std::vector<std::size_t>> lines;
  for (std::size_t r = 0; r < by_time.size(); ++r) {
    rank[by_time[r]] = r;
    lines[hosts[by_time[r]]].push_back(by_time[r]);
  }
  std::vector<int> waits_for(tree.spans.size());  // its cause, and what its host did before
  std::vector<std::optional<std::size_t>> next_there(tree.spans.size());
  for (std::size_t i = 0; i < tree.spans.size(); ++i) waits_for[i] = tree.spans[i].parent ? 1 : 0;
  for (const auto& [host, line] : lines)
    for (std::size_t i = 1; i < line.size(); ++i) {
      ++waits_for[line[i]];
      next_there[line[i - 1]] = line[i];
    }
  std::set<std::size_t> ready;   // ranks
  std::set<std::size_t> caused;  // ranks of those whose cause is out, and that only wait for their host
  std::vector<bool> is_out(tree.spans.size());
  const auto has_cause = [&](std::size_t i) {
    return !tree.spans[i].parent || is_out[*tree.spans[i].parent];
  };
  for (std::size_t i = 0; i < tree.spans.size(); ++i) {
    if (waits_for[i] == 0) ready.insert(rank[i]);
    if (has_cause(i)) caused.insert(rank[i]);
  }
  std::vector<std::size_t> out;
  while (!caused.empty()) {
    const auto place = ready.empty() ? *caused.begin() : *ready.begin();
    ready.erase(place);
    caused.erase(place);
    const auto next = by_time[place];
    out.push_back(next);
    is_out[next] = true;
    const auto release = [&](std::size_t i) {
      if (--waits_for[i] <= 0 && !is_out[i] && has_cause(i)) ready.insert(rank[i]);
    };
    for (const auto child : tree.spans[next].children) {
      caused.insert(rank[child]);
      release(child);
    }
    if (next_there[next]) release(*next_there[next]);
  }
  return out;
}

std::string clock_text(const vector_clock& clock) {
  std::string out = "{";
  for (const auto& [host, count] : clock)
    out += fmt::format("{}\"{}\":{}", out.size() == 1 ? "" : ", ", host, count);
  return out + '}';
}

std::string events_of(const trace_tree& tree, shiviz_hosts how) {
  std::vector<std::string> hosts;
  for (const auto& each : tree.spans) hosts.push_back(host_of(*each.what, how));
  std::vector<vector_clock> clocks(tree.spans.size());
  std::map<std::string, vector_clock> now;
  std::string out;
  for (const auto i : causal_order(tree, hosts)) {
    auto& clock = now[hosts[i]];
    if (tree.spans[i].parent)
      for (const auto& [host, count] : clocks[*tree.spans[i].parent])
        clock[host] = std::max(clock[host], count);
    ++clock[hosts[i]];
    clocks[i] = clock;
    const auto& what = tree.at(i);
    out += fmt::format("{} {}\n{} {} (at {}, waited {}, took {}, span {})\n", hosts[i], clock_text(clock),
                       view::safe_text(what.kind), view::safe_text(what.name),
                       short_time(what.at_ns - tree.began_ns), short_time(what.waited_ns),
                       short_time(what.took_ns), what.id);
  }
  return out;
}

}  // namespace

std::string to_shiviz(const collection& what, shiviz_hosts hosts) {
  span_store all;
  for (const auto& each : what.spans) all.add(each);
  std::string out = "(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)\n^=== (?<trace>.*) ===$\n";
  for (const auto& trace : all.traces()) {
    // What is shared is told in the trace that it was recorded in.
    span_store only;
    for (const auto& each : all.of(trace)) only.add(each);
    out += fmt::format("=== {} ===\n", trace) + events_of(make_tree(trace, only), hosts);
  }
  return out;
}

}  // namespace parley::trace
