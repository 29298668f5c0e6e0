#include "tools/parley/experiment/settings_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "config/yaml_file.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::experiment {

namespace {

constexpr std::string_view example = "tools/topology/experiments/node_dies.yaml";
constexpr std::size_t text_bytes_max = 4'000;

/// Takes a value's text, or answers false when it is none of what `allowed` says.
using setter = std::function<bool(settings&, const std::string&)>;

struct key {
  std::string_view path;
  std::string allowed;
  std::string_view about;
  setter set;
};

template <class Member>
key text_key(std::string_view path, std::string_view about, Member member) {
  return {path, "a text", about, [member](settings& into, const std::string& text) {
            if (text.empty() || text.size() > text_bytes_max) return false;
            member(into) = text;
            return true;
          }};
}

template <class Member>
key whole_key(std::string_view path, std::uint64_t least, std::uint64_t most, std::string_view about,
              Member member) {
  return {path, fmt::format("a whole number from {} to {}", least, most), about,
          [=](settings& into, const std::string& text) {
            std::uint64_t number = 0;
            const auto* const end = text.data() + text.size();
            const auto read = std::from_chars(text.data(), end, number);
            if (read.ec != std::errc{} || read.ptr != end || number < least || number > most) return false;
            member(into) = number;
            return true;
          }};
}

template <class Member>
key real_key(std::string_view path, double least, double most, std::string_view about, Member member) {
  return {path, fmt::format("a number from {:g} to {:g}", least, most), about,
          [=](settings& into, const std::string& text) {
            double number = 0;
            const auto* const end = text.data() + text.size();
            const auto read = std::from_chars(text.data(), end, number, std::chars_format::fixed);
            if (read.ec != std::errc{} || read.ptr != end || !std::isfinite(number) || number < least ||
                number > most)
              return false;
            member(into) = number;
            return true;
          }};
}

template <class Member>
key time_key(std::string_view path, milliseconds least, milliseconds most, std::string_view about,
             Member member) {
  return {path,
          fmt::format("a duration from {} to {}, such as 500ms, 20s or 2m", duration_text(least),
                      duration_text(most)),
          about, [=](settings& into, const std::string& text) {
            const auto read = read_duration(text);
            if (read.has_error() || *read < least || *read > most) return false;
            member(into) = *read;
            return true;
          }};
}

template <class Value, class Member>
key choice_key(std::string_view path, std::vector<std::pair<std::string, Value>> choices,
               std::string_view about, Member member) {
  std::string allowed = "one of:";
  for (const auto& [name, value] : choices) allowed += (allowed.back() == ':' ? " " : ", ") + name;
  return {path, allowed, about, [choices, member](settings& into, const std::string& text) {
            for (const auto& [name, value] : choices)
              if (name == text) {
                member(into) = value;
                return true;
              }
            return false;
          }};
}

void add_spread(std::vector<key>& to, const std::vector<std::string_view>& paths, std::uint64_t most,
                spread settings::*of) {
  const std::vector<std::pair<std::string, shape>> shapes{
      {"fixed", shape::fixed}, {"uniform", shape::uniform}, {"zipf", shape::zipf}};
  to.push_back(choice_key(paths[0], shapes,
                          "fixed: always `least`; uniform: each alike; zipf: small ones more often",
                          [of](settings& s) -> shape& { return (s.*of).how; }));
  to.push_back(whole_key(paths[1], 1, most, "the smallest",
                         [of](settings& s) -> std::uint64_t& { return (s.*of).least; }));
  to.push_back(whole_key(paths[2], 1, most, "the largest",
                         [of](settings& s) -> std::uint64_t& { return (s.*of).most; }));
  to.push_back(real_key(paths[3], 0, 10, "of zipf: the k-th has weight k^-exponent",
                        [of](settings& s) -> double& { return (s.*of).exponent; }));
}

std::vector<key> make_keys() {
  using namespace std::chrono_literals;
  std::vector<key> all;
  all.push_back(text_key(
      "name", "what the report is called", [](settings & s) -> auto& { return s.name; }));
  all.push_back(text_key(
      "about", "what it is for", [](settings & s) -> auto& { return s.about; }));
  all.push_back(whole_key(
      "seed", 0, UINT64_MAX, "of people, groups, sends and texts",
      [](settings & s) -> auto& { return s.seed; }));
  all.push_back(time_key(
      "duration", 1s, 1h, "how long there is load", [](settings & s) -> auto& { return s.duration; }));
  all.push_back(time_key(
      "settle", 0s, 10min, "at its end, how long what is under way may take",
      [](settings & s) -> auto& { return s.settle; }));
  all.push_back(whole_key(
      "cluster.nodes", 1, 16, "how many, called node-1, node-2 and so on",
      [](settings & s) -> auto& { return s.nodes; }));
  all.push_back(whole_key(
      "people.count", 2, 5'000, "how many, each with one session",
      [](settings & s) -> auto& { return s.people; }));
  all.push_back(real_key(
      "people.activity", 0, 10, "the k-th person writes with weight k^-activity; 0: all alike",
      [](settings & s) -> auto& { return s.activity; }));
  all.push_back(time_key(
      "people.patience", 500ms, 10min, "how long somebody waits for an answer before going to another node",
      [](settings & s) -> auto& { return s.patience; }));
  all.push_back(whole_key(
      "groups.count", 1, 5'000, "how many", [](settings & s) -> auto& { return s.groups; }));
  add_spread(all, {"groups.sizes.shape", "groups.sizes.least", "groups.sizes.most", "groups.sizes.exponent"},
             5'000, &settings::sizes);
  all.push_back(choice_key<arrival>(
      "traffic.arrivals",
      {{"poisson", arrival::poisson}, {"constant", arrival::constant}, {"bursts", arrival::bursts}},
      "when messages come: at random, by the clock, or all of `burst_every` at once",
      [](settings & s) -> auto& { return s.arrivals; }));
  all.push_back(real_key(
      "traffic.rate", 0.01, 5'000, "messages a second of all people, in the mean",
      [](settings & s) -> auto& { return s.rate; }));
  all.push_back(time_key(
      "traffic.burst_every", 100ms, 1h, "of bursts: from one to the next",
      [](settings & s) -> auto& { return s.burst_every; }));
  add_spread(all,
             {"traffic.texts.shape", "traffic.texts.least", "traffic.texts.most", "traffic.texts.exponent"},
             50'000, &settings::texts);
  all.push_back(time_key(
      "record.metrics_every", 100ms, 1min, "how often each node's metrics are read",
      [](settings & s) -> auto& { return s.metrics_every; }));
  all.push_back(time_key(
      "record.topology_every", 1s, 1h, "how often a snapshot of all actors is taken",
      [](settings & s) -> auto& { return s.topology_every; }));
  all.push_back(real_key(
      "record.traces", 0, 1, "which part of all messages is traced; 0: none",
      [](settings & s) -> auto& { return s.traces; }));
  return all;
}

const std::vector<key>& keys() {
  static const auto all = make_keys();
  return all;
}

bool is_list(std::string_view path) { return path == "faults" || path == "cluster.arguments"; }

/// Flags of a node that an experiment decides itself.
bool is_reserved(std::string_view flag) {
  static constexpr std::string_view ours[]{
      "--node.",     "--listen.",     "--cluster.address", "--cluster.port", "--storage.url",
      "--operator.", "--cluster.tls", "--inspection.",     "--log.",         "--config"};
  return std::ranges::any_of(ours, [flag](auto each) { return flag.starts_with(each); });
}

std::string known_below(std::string_view path) {
  const auto dot = path.rfind('.');
  const auto section = dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot + 1);
  std::set<std::string> names;
  const auto add = [&](std::string_view known) {
    if (!known.starts_with(section)) return;
    auto rest = known.substr(section.size());
    names.emplace(rest.substr(0, rest.find('.')));
  };
  for (const auto& each : keys()) add(each.path);
  add("faults");
  add("cluster.arguments");
  if (names.empty()) return known_below(path.substr(0, dot));
  return fmt::format("known{} are {}",
                     section.empty() ? "" : fmt::format(" in {}", section.substr(0, section.size() - 1)),
                     fmt::join(names, ", "));
}

class reading {
public:
  reading(read_settings& into, std::string_view file) : into_(into), file_(file) {}

  void take(const yaml_value& value) {
    places_[value.path] = value.line;
    if (is_list(value.path)) return take_list(value);
    const auto found = std::ranges::find(keys(), value.path, &key::path);
    if (found == keys().end()) {
      const bool is_section = std::ranges::any_of(
          keys(), [&](const key& each) { return each.path.starts_with(value.path + "."); });
      if (is_section && value.is_nothing) return;
      return wrong(value.line, value.column, value.path,
                   is_section ? "is a section; right are indented 'key: value' lines below it"
                              : "is no key of an experiment; " + known_below(value.path));
    }
    if (value.is_nothing || value.is_sequence || !found->set(into_.what, value.text))
      wrong(value.line, value.column, value.path, quoted(value) + "; right is " + found->allowed);
  }

  /// What is right alone and wrong together.
  void check_together() {
    auto& what = into_.what;
    check_spread(what.sizes, "groups.sizes");
    check_spread(what.texts, "traffic.texts");
    if (what.sizes.how != shape::fixed ? what.sizes.most > what.people : what.sizes.least > what.people)
      wrong(line_of("groups.sizes.most"), 1, "groups.sizes",
            fmt::format("a group is larger than there are people ({}); right is at most that", what.people));
    if (sends_of(what) > sends_max)
      wrong(
          line_of("traffic.rate"), 1, "traffic.rate",
          fmt::format("rate and duration make {} messages; right are at most {}", sends_of(what), sends_max));
    else if (sends_of(what) * std::max(what.sizes.least, what.sizes.most) > deliveries_max)
      wrong(line_of("groups.sizes.most"), 1, "groups.sizes",
            fmt::format("rate, duration and size of groups may make {} deliveries; right are at most {}",
                        sends_of(what) * std::max(what.sizes.least, what.sizes.most), deliveries_max));
    for (const auto& each : what.faults) {
      if (each.at >= what.duration)
        wrong(each.line, 1, "faults",
              fmt::format("'{}' is after the end; right is before {}", each.said,
                          duration_text(what.duration)));
      if (each.whom == victim::node && each.number > what.nodes)
        wrong(each.line, 1, "faults",
              fmt::format("'{}': there are node-1 to node-{}", each.said, what.nodes));
      if (each.whom == victim::owner && each.number > what.groups)
        wrong(each.line, 1, "faults", fmt::format("'{}': there are groups 1 to {}", each.said, what.groups));
    }
    std::ranges::stable_sort(what.faults, {}, &fault::at);
  }

  void wrong(int line, int column, std::string_view path, std::string_view what) {
    into_.wrong.push_back(view::safe_text(
        fmt::format("{}:{}:{}: {}{}{}", file_, line, column, path, path.empty() ? "" : ": ", what)));
  }

private:
  static std::string quoted(const yaml_value& value) {
    if (value.is_nothing) return "has no value";
    if (value.is_sequence) return "is a list";
    return fmt::format("'{}' is not allowed", value.text.substr(0, 60));
  }

  void take_list(const yaml_value& value) {
    const bool is_faults = value.path == "faults";
    if (value.is_nothing) return;
    if (!value.is_sequence)
      return wrong(value.line, value.column, value.path,
                   is_faults ? "is no list; right are lines such as '- 20s kill node-2' below it"
                             : "is no list; right are lines such as '- --threads.io=2' below it");
    for (std::size_t i = 0; i < value.elements.size(); ++i) {
      const auto line = value.element_lines[i];
      const auto& text = value.elements[i];
      if (!is_faults) {
        if (!text.starts_with("--") || text.find('=') == std::string::npos || is_reserved(text))
          wrong(line, 1, value.path,
                fmt::format("'{}' is no flag that an experiment gives to its nodes; right is "
                            "--KEY=VALUE of parleyd, but for node, listen, operator, inspection, log, "
                            "storage.url and the cluster's addresses",
                            text.substr(0, 60)));
        else
          into_.what.arguments.push_back(text);
        continue;
      }
      auto read = read_fault(text);
      if (read.has_error()) {
        wrong(line, 1, value.path, fmt::format("'{}': {}", text.substr(0, 60), read.error().message));
        continue;
      }
      read->line = line;
      into_.what.faults.push_back(std::move(*read));
    }
  }

  void check_spread(spread& of, const std::string& path) {
    const auto most = places_.contains(path + ".most");
    if (of.how == shape::fixed) {
      of.most = of.least;
      return;
    }
    if (of.most < of.least)
      wrong(line_of(path + (most ? ".most" : ".least")), 1, path,
            fmt::format("`most` ({}) is less than `least` ({})", of.most, of.least));
  }

  [[nodiscard]] int line_of(const std::string& path) const {
    const auto found = places_.find(path);
    return found == places_.end() ? 1 : found->second;
  }

  read_settings& into_;
  std::string_view file_;
  std::map<std::string, int> places_;
};

}  // namespace

read_settings settings_in(std::string_view text, std::string_view name) {
  read_settings out;
  reading state{out, name};
  const auto content = read_yaml(text, example);
  for (const auto& each : content.problems) state.wrong(each.line, each.column, each.path, each.message);
  for (const auto& each : content.values) state.take(each);
  if (out.wrong.empty()) state.check_together();
  return out;
}

std::vector<std::string> described_keys() {
  std::vector<std::string> out;
  for (const auto& each : keys())
    out.push_back(fmt::format("{}: {}; {}", each.path, each.about, each.allowed));
  out.emplace_back("cluster.arguments: further flags for every node; a list of --KEY=VALUE of parleyd");
  out.emplace_back(
      "faults: what happens; a list such as '20s kill owner of group 1', '30s freeze node-2 for 5s'");
  return out;
}

}  // namespace parley::experiment
