#include "transport/operator_topology_query.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "transport/query_text.hpp"

namespace parley {

namespace {

constexpr std::string_view snapshot_names[] = {"kind",   "node",  "entity", "top",   "by",
                                               "actors", "edges", "names",  "local", "bytes"};
constexpr std::string_view changes_names[] = {"after", "wait_s", "names"};
constexpr std::string_view order_names[] = {"messages", "mailbox", "time"};
constexpr std::int64_t bytes_min = 65'536;
constexpr std::int64_t wait_s_max = 25;

template <class Texts>
std::string listed(const Texts& texts) {
  std::string list;
  for (const auto& each : texts) list += (list.empty() ? "" : ", ") + std::string(each);
  return list;
}

failure bad(std::string message) { return {errc::bad_request, std::move(message), {}}; }

struct parameter {
  std::string name;
  std::string value;
};

/// All parameters, decoded; only those of `known`, and only `repeatable` more than once.
outcome<std::vector<parameter>> parameters_in(std::string_view query, std::span<const std::string_view> known,
                                              std::string_view repeatable) {
  std::vector<parameter> all;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto part = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (part.empty()) continue;
    const auto equals = std::min(part.find('='), part.size());
    auto name = decoded(part.substr(0, equals));
    if (!name || std::ranges::find(known, *name) == known.end())
      return bad("'" + name.value_or("?") + "' is no parameter of this call; there are " + listed(known));
    auto value = decoded(part.substr(std::min(equals + 1, part.size())));
    if (!value) return bad("'" + *name + "' must be text, percent-encoded UTF-8");
    if (*name != repeatable && std::ranges::find(all, *name, &parameter::name) != all.end())
      return bad("'" + *name + "' is given more than once");
    all.push_back({std::move(*name), std::move(*value)});
  }
  return all;
}

outcome<std::int64_t> number_of(const parameter& given, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  const auto& text = given.value;
  const auto* end = text.data() + text.size();
  const auto [stopped, problem] = std::from_chars(text.data(), end, value);
  if (text.empty() || problem != std::errc{} || stopped != end || value < least || value > most)
    return bad("'" + given.name + "' is '" + text + "'; it must be a whole number from " +
               std::to_string(least) + " to " + std::to_string(most));
  return value;
}

outcome<bool> truth_of(const parameter& given) {
  if (given.value == "true") return true;
  if (given.value == "false") return false;
  return bad("'" + given.name + "' is '" + given.value + "'; it must be true or false");
}

outcome<void> add_kinds(const parameter& given, const std::vector<std::string>& known,
                        std::vector<std::string>& to) {
  for (std::size_t from = 0; from <= given.value.size();) {
    const auto end = std::min(given.value.find(',', from), given.value.size());
    auto kind = given.value.substr(from, end - from);
    from = end + 1;
    if (std::ranges::find(known, kind) == known.end())
      return bad("there are no actors of the kind '" + kind + "'; the kinds are " + listed(known));
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
      return bad("'by' is '" + given.value + "'; it must be one of " + listed(order_names));
    question.by = static_cast<actor_order>(found - std::begin(order_names));
    return {};
  }
  if (given.value.empty()) return bad("'" + given.name + "' is empty; leave it out to ask for all");
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

std::string encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string plain;
  for (const char c : text) {
    const bool is_safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                         c == '-' || c == '_' || c == '.' || c == '~';
    if (is_safe) {
      plain += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    plain += '%';
    plain += digits[byte >> 4U];
    plain += digits[byte & 15U];
  }
  return plain;
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
