#include <fmt/format.h>

#include "tools/parley/client/http_call.hpp"
#include "tools/parley/experiment/observers.hpp"
#include "tools/parley/experiment/schedule.hpp"

namespace parley::experiment {

using client::outcome;
using namespace std::chrono_literals;

namespace {

constexpr auto metrics_within = 900ms;

}  // namespace

std::vector<metric> metrics_in(std::string_view text) {
  std::vector<metric> out;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    const auto line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.empty() || line.front() == '#') continue;
    metric one;
    const auto brace = line.find('{');
    // No label of a node's has a brace in its value.
    const auto close = brace == std::string_view::npos ? brace : line.find('}', brace);
    const auto blank = line.find(' ', close == std::string_view::npos ? 0 : close);
    if (blank == std::string_view::npos) continue;
    one.name = line.substr(0, std::min(brace, blank));
    if (close != std::string_view::npos) one.labels = line.substr(brace, close + 1 - brace);
    one.value = line.substr(blank + 1);
    one.value = one.value.substr(0, one.value.find(' '));
    out.push_back(one);
  }
  return out;
}

outcome<std::unique_ptr<metrics_observer>> metrics_observer::start(const observed& what,
                                                                   const std::filesystem::path& file,
                                                                   const history_log& clock,
                                                                   std::chrono::milliseconds every) {
  std::unique_ptr<metrics_observer> made{new metrics_observer{clock}};
  if (auto done = made->out_.open(file, "at_us,node,metric,labels,value"); done.has_error())
    return done.error();
  for (std::size_t i = 0; i < what.nodes.size(); ++i)
    made->nodes_.push_back(std::make_unique<background>(
        every, [self = made.get(), node = what.nodes[i], i, known = std::set<std::string>{}]() mutable {
          self->look(node, i, known);
        }));
  return made;
}

void metrics_observer::look(const client::endpoint& node, std::size_t index, std::set<std::string>& known) {
  const auto at = clock_.now().count();
  const auto answer = client::http_call(node, "GET", "/metrics", std::nullopt, {}, metrics_within);
  const bool is_up = !answer.has_error() && answer->is_good();
  out_.row(fmt::format("{},{},up,,{}", at, node_name(index), is_up ? 1 : 0));
  if (!is_up) return;
  for (const auto& each : metrics_in(answer->text)) {
    // Hundreds of series stay at nothing: they begin with their first number.
    if (each.value == "0" && !known.contains(fmt::format("{}{}", each.name, each.labels))) continue;
    known.insert(fmt::format("{}{}", each.name, each.labels));
    out_.row(
        fmt::format("{},{},{},{},{}", at, node_name(index), each.name, csv_cell(each.labels), each.value));
  }
  out_.flush();
}

void metrics_observer::end() {
  for (auto& each : nodes_) each->end();
  nodes_.clear();
}

}  // namespace parley::experiment
