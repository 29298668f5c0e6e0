#include "tools/parley/trace/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tools/parley/trace/rows.hpp"
#include "tools/parley/trace/time_text.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::trace {

namespace {

struct step_times {
  std::string what;
  double place = 0;  // its mean place on the path
  std::vector<std::int64_t> took_ns;
};

/// The steps of all traces, in the order in which they are taken. A step that is taken twice, by the same
/// kind and message, is two steps.
std::vector<step_times> steps_of(const std::vector<const measured_trace*>& traces) {
  std::map<std::pair<std::string, int>, step_times> all;
  for (const auto* each : traces) {
    std::map<std::string, int> times;
    for (std::size_t i = 0; i < each->steps.size(); ++i) {
      const auto& step = each->steps[i];
      auto& its = all[{step.what, ++times[step.what]}];
      its.what = step.what;
      its.place += static_cast<double>(i);
      its.took_ns.push_back(step.took_ns);
    }
  }
  std::vector<step_times> out;
  for (auto& [key, its] : all) {
    its.place /= static_cast<double>(its.took_ns.size());
    out.push_back(std::move(its));
  }
  std::ranges::stable_sort(out, {}, &step_times::place);
  return out;
}

std::string summary_line(const std::string& what, const std::vector<std::int64_t>& times, std::size_t of) {
  const auto name = view::safe_text(what);
  const auto blank = std::max(46 - view::columns_of(name), 1);
  const auto right = [](std::string text) {
    return std::string(static_cast<std::size_t>(std::max(9 - view::columns_of(text), 1)), ' ') + text;
  };
  return name + std::string(static_cast<std::size_t>(blank), ' ') + right(short_time(percentile(times, 50))) +
         right(short_time(percentile(times, 99))) +
         (times.size() == of ? "" : fmt::format("  in {}", times.size())) + '\n';
}

double part(std::int64_t of, std::int64_t whole) {
  return whole <= 0 ? 100 : 100 * static_cast<double>(of) / static_cast<double>(whole);
}

double middle_of(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto place = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::ranges::nth_element(values, place);
  return *place;
}

}  // namespace

measured_trace measure(const trace_tree& tree) {
  measured_trace out;
  out.trace = tree.id;
  out.began_ns = tree.began_ns;
  if (tree.root) {
    const auto& request = tree.at(*tree.root);
    out.session = session_of_requests{request.node, request.text("session")};
  }
  const auto path = find_critical_path(tree);
  out.latency_ns = path.latency_ns;
  out.explained_ns = path.explained_ns;
  for (const auto& each : path.steps)
    out.steps.push_back({tree.at(each.span).kind + ' ' + tree.at(each.span).name, each.took_ns});
  return out;
}

void match(std::vector<sent_message>& sent, const std::vector<measured_trace>& traces,
           const session_of_requests& session) {
  std::vector<const measured_trace*> candidates;
  for (const auto& each : traces)
    if (each.session == session) candidates.push_back(&each);
  std::ranges::stable_sort(candidates, {}, &measured_trace::began_ns);
  for (auto& each : sent) each.trace.clear();
  if (candidates.size() == sent.size()) {
    for (std::size_t i = 0; i < sent.size(); ++i) sent[i].trace = candidates[i]->trace;
    return;
  }
  auto next = candidates.begin();
  for (auto& each : sent) {
    while (next != candidates.end() && (*next)->began_ns < each.began_at_ns) ++next;
    if (next == candidates.end() || (*next)->began_ns > each.began_at_ns + each.latency_ns) continue;
    each.trace = (*next)->trace;
    ++next;
  }
}

std::string summary_table(const std::vector<sent_message>& sent, const std::vector<measured_trace>& traces) {
  std::map<std::string, const measured_trace*> by_id;
  for (const auto& each : traces)
    if (each.latency_ns) by_id.emplace(each.trace, &each);
  std::vector<const measured_trace*> whole;
  std::vector<std::int64_t> at_client;
  std::vector<std::int64_t> at_node;
  std::vector<double> of_node;
  std::vector<double> of_client;
  for (const auto& each : sent) {
    const auto found = by_id.find(each.trace);
    if (found == by_id.end()) continue;
    const auto& its = *found->second;
    whole.push_back(&its);
    at_client.push_back(each.latency_ns);
    at_node.push_back(*its.latency_ns);
    of_node.push_back(part(its.explained_ns, *its.latency_ns));
    of_client.push_back(part(its.explained_ns, each.latency_ns));
  }
  auto out = fmt::format("{} messages, {} traced from the request to the reply\n", sent.size(), whole.size());
  if (whole.empty()) return out;
  out += fmt::format("{:46}{:>9}{:>9}\n", "", "MEDIAN", "P99");
  out += summary_line("client: until the answer was read", at_client, whole.size());
  out += summary_line("node: from the request to the written reply", at_node, whole.size());
  for (const auto& each : steps_of(whole)) out += summary_line("  " + each.what, each.took_ns, whole.size());
  out += fmt::format("spans explain {:.1f} % of the node's latency and {:.1f} % of the client's (median)\n",
                     middle_of(of_node), middle_of(of_client));
  return out;
}

}  // namespace parley::trace
