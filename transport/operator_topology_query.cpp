#include "transport/operator_topology_query.hpp"

#include <algorithm>
#include <utility>

#include "transport/query_parameters.hpp"

namespace parley {

namespace {

constexpr std::string_view snapshot_names[] = {"kind",   "node",  "entity", "top",   "by",
                                               "actors", "edges", "names",  "local", "bytes"};
constexpr std::string_view changes_names[] = {"after", "wait_s", "names"};
constexpr std::string_view order_names[] = {"messages", "mailbox", "time"};
constexpr std::int64_t bytes_min = 65'536;
constexpr std::int64_t wait_s_max = 25;

outcome<void> add_kinds(const parameter& given, const std::vector<std::string>& known,
                        std::vector<std::string>& to) {
  for (std::size_t from = 0; from <= given.value.size();) {
    const auto end = std::min(given.value.find(',', from), given.value.size());
    auto kind = given.value.substr(from, end - from);
    from = end + 1;
    if (std::ranges::find(known, kind) == known.end())
      return bad_request("there are no actors of the kind '" + kind + "'; the kinds are " + listed(known));
    to.push_back(std::move(kind));
  }
  return {};
}

outcome<void> take(const parameter& given, const std::vector<std::string>& kinds, topology_query& into) {
  auto& question = into.question;
  const auto number = [&](std::int64_t least, std::int64_t most, auto set) -> outcome<void> {
    const auto value = number_of(given, least, most);
    if (value.has_error()) return value.error();
    set(static_cast<std::size_t>(value.value()));
    return {};
  };
  const auto truth = [&](bool& to) -> outcome<void> {
    const auto value = truth_of(given);
    if (value.has_error()) return value.error();
    to = value.value();
    return {};
  };
  if (given.name == "kind") return add_kinds(given, kinds, question.kinds);
  if (given.name == "top")
    return number(1, actors_shown_max, [&](std::size_t value) { question.top = value; });
  if (given.name == "edges")
    return number(0, edges_shown_max, [&](std::size_t value) { question.edges = value; });
  if (given.name == "bytes")
    return number(bytes_min, topology_part_bytes_max, [&](std::size_t value) { into.bytes = value; });
  if (given.name == "actors") return truth(question.with_actors);
  if (given.name == "names") return truth(question.with_names);
  if (given.name == "local") return truth(into.is_local);
  if (given.name == "by") {
    const auto* found = std::ranges::find(order_names, given.value);
    if (found == std::end(order_names))
      return bad_request("'by' is '" + given.value + "'; it must be one of " + listed(order_names));
    question.by = static_cast<actor_order>(found - std::begin(order_names));
    return {};
  }
  if (given.value.empty()) return bad_request("'" + given.name + "' is empty; leave it out to ask for all");
  (given.name == "node" ? into.node : question.entity) = given.value;
  return {};
}

}  // namespace

outcome<topology_query> topology_query_in(std::string_view query, const std::vector<std::string>& kinds) {
  const auto all = parameters_in(query, snapshot_names, "kind");
  if (all.has_error()) return all.error();
  topology_query wanted;
  for (const auto& each : all.value())
    if (const auto taken = take(each, kinds, wanted); taken.has_error()) return taken.error();
  return wanted;
}

outcome<changes_query> changes_query_in(std::string_view query) {
  const auto all = parameters_in(query, changes_names, {});
  if (all.has_error()) return all.error();
  changes_query wanted;
  for (const auto& each : all.value()) {
    if (each.name == "names") {
      const auto value = truth_of(each);
      if (value.has_error()) return value.error();
      wanted.with_names = value.value();
      continue;
    }
    const bool is_after = each.name == "after";
    const auto value = number_of(each, 0, is_after ? INT64_MAX : wait_s_max);
    if (value.has_error()) return value.error();
    if (is_after)
      wanted.after = static_cast<std::uint64_t>(value.value());
    else
      wanted.wait_s = value.value();
  }
  return wanted;
}

std::string query_for_peer(const topology_query& query, std::size_t bytes) {
  const auto& question = query.question;
  std::string text = "local=true&bytes=" + std::to_string(bytes) + "&edges=" + std::to_string(question.edges);
  for (const auto& kind : question.kinds) text += "&kind=" + encoded(kind);
  if (!question.entity.empty()) text += "&entity=" + encoded(question.entity);
  if (question.top) text += "&top=" + std::to_string(*question.top);
  text += "&by=" + std::string(order_names[static_cast<std::size_t>(question.by)]);
  if (!question.with_actors) text += "&actors=false";
  if (question.with_names) text += "&names=true";
  return text;
}

}  // namespace parley
