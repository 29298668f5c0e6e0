#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "tools/parley/topology/members.hpp"
#include "tools/parley/topology/moment.hpp"
#include "tools/parley/trace/span.hpp"

namespace parley::trace {

using client::outcome;
using client::problem;
using client::trouble;
using topology::members;

namespace {

constexpr const char* schema = "parley.traces/1";
/// A day; whatever is longer is no time of a message. Sums of times and moments stay far from overflow.
constexpr std::int64_t duration_max_ns = 86'400'000'000'000;
constexpr std::int64_t moment_max_ns = 4'000'000'000'000'000'000;

bool is_span_id(std::string_view text) {
  return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string span_id(members& in, std::string_view name) {
  auto text = in.text(name);
  if (!is_span_id(text)) in.refuse(name, "is not 16 hexadecimal digits (0-9, a-f)");
  return text;
}

std::int64_t moment(members& in, std::string_view name) {
  const auto text = in.text(name);
  std::int64_t value = -1;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size() || value < 0 || value > moment_max_ns)
    in.refuse(name, "is no text of nanoseconds since 1970");
  return value;
}

std::int64_t duration(members& in, std::string_view name) {
  const auto value = in.integer(name);
  if (value > duration_max_ns || value < -duration_max_ns) in.refuse(name, "is more than a day");
  return std::clamp(value, -duration_max_ns, duration_max_ns);
}

span read_span(const json::value& value, std::string path, std::string& mistake) {
  members in{client::object_in(value), std::move(path), mistake};
  span out;
  out.trace = span_id(in, "trace");
  out.id = span_id(in, "span");
  if (in.text_or_null("parent")) out.parent = span_id(in, "parent");
  out.node = in.text("node");
  out.actor = in.optional_text("actor").value_or("");
  out.kind = in.text("kind");
  out.entity = in.optional_text("entity").value_or("");
  out.name = in.text("name");
  out.at_ns = moment(in, "at_ns");
  out.waited_ns = duration(in, "waited_ns");
  out.took_ns = duration(in, "took_ns");
  if (const auto* details = in.optional_object("details"); details != nullptr)
    for (const auto& each : *details) {
      const std::string name{each.key().data(), each.key().size()};
      if (const auto* text = each.value().if_string())
        out.details.emplace_back(name, std::string{text->data(), text->size()});
      else if (each.value().is_int64())
        out.details.emplace_back(name, each.value().get_int64());
      else
        in.refuse("details." + name, "is neither a whole number nor a text");
    }
  return out;
}

/// A time by RFC 3339, or milliseconds since 1970.
std::int64_t taken_at(members& in, const json::object& whole) {
  const auto* value = whole.if_contains("taken_at");
  if (value != nullptr && value->is_number())
    return static_cast<std::int64_t>(std::min<std::uint64_t>(
        in.number("taken_at"), static_cast<std::uint64_t>(moment_max_ns / 1'000'000)));
  const auto found = topology::moment_of(in.text("taken_at"));
  if (!found) in.refuse("taken_at", "is no time like 2026-05-01T12:00:00.000Z");
  return found.value_or(0);
}

sent_message read_sent(const json::value& value, std::string path, std::string& mistake) {
  members in{client::object_in(value), std::move(path), mistake};
  sent_message out;
  if (in.text_or_null("trace")) out.trace = span_id(in, "trace");
  out.conversation = in.text("conversation");
  out.seq = in.number("seq");
  out.began_at_ns = moment(in, "began_at_ns");
  out.latency_ns = duration(in, "latency_ns");
  return out;
}

json::object sent_json(const sent_message& what) {
  return {{"trace", what.trace.empty() ? json::value{} : json::value(what.trace)},
          {"conversation", what.conversation},
          {"seq", what.seq},
          {"began_at_ns", std::to_string(what.began_at_ns)},
          {"latency_ns", what.latency_ns}};
}

json::value text_or_null(const std::string& text) { return text.empty() ? json::value{} : json::value(text); }

}  // namespace

std::string span::text(std::string_view detail) const {
  for (const auto& [key, value] : details)
    if (const auto* text = std::get_if<std::string>(&value); text != nullptr && key == detail) return *text;
  return {};
}

std::optional<std::int64_t> span::number(std::string_view detail) const {
  for (const auto& [key, value] : details)
    if (const auto* number = std::get_if<std::int64_t>(&value); number != nullptr && key == detail)
      return *number;
  return std::nullopt;
}

outcome<collection> read_collection(const json::value& value) {
  if (!value.is_object()) return problem{trouble::failed, "it is no object with spans"};
  const auto& whole = client::object_in(value);
  std::string mistake;
  members in{whole, "", mistake};
  if (const auto named = in.optional_text("schema"); named && *named != schema)
    return problem{trouble::failed,
                   fmt::format("it is {}, and {} is read: take the parley that made it", *named, schema)};
  collection out;
  out.taken_at_ms = taken_at(in, whole);
  out.lost = in.number("lost");
  out.cursor = in.optional_text("cursor").value_or("");
  for (std::size_t i = 0; const auto& each : in.array("missing")) {
    members node{client::object_in(each), fmt::format("missing[{}]", i++), mistake};
    out.missing.push_back({node.text("node"), node.text("why")});
  }
  if (whole.contains("sends"))
    for (std::size_t i = 0; const auto& each : in.array("sends"))
      out.sent.push_back(read_sent(each, fmt::format("sends[{}]", i++), mistake));
  for (std::size_t i = 0; const auto& each : in.array("spans"))
    out.spans.push_back(read_span(each, fmt::format("spans[{}]", i++), mistake));
  if (!mistake.empty()) return problem{trouble::failed, mistake};
  return out;
}

void keep_only(collection& what, std::set<std::string> traces) {
  std::set<std::string> shared;
  for (const auto& each : what.spans)
    if (each.name == "shared" && traces.contains(each.trace)) shared.insert(each.text("continues_trace"));
  traces.merge(shared);
  const auto is_other = [&traces](const auto& each) { return !traces.contains(each.trace); };
  std::erase_if(what.spans, is_other);
  std::erase_if(what.sent, is_other);
}

json::object to_json(const span& what) {
  json::object details;
  for (const auto& [name, value] : what.details)
    std::visit([&, &key = name](const auto& each) { details[key] = each; }, value);
  return {{"trace", what.trace},
          {"span", what.id},
          {"parent", text_or_null(what.parent)},
          {"node", what.node},
          {"actor", text_or_null(what.actor)},
          {"kind", what.kind},
          {"entity", text_or_null(what.entity)},
          {"name", what.name},
          {"at_ns", std::to_string(what.at_ns)},
          {"waited_ns", what.waited_ns},
          {"took_ns", what.took_ns},
          {"details", std::move(details)}};
}

json::object to_json(const collection& what) {
  json::array missing;
  for (const auto& each : what.missing)
    missing.push_back(json::object{{"node", each.node}, {"why", each.why}});
  json::array sends;
  for (const auto& each : what.sent) sends.push_back(sent_json(each));
  json::array spans;
  for (const auto& each : what.spans) spans.push_back(to_json(each));
  return {{"schema", schema},          {"taken_at", topology::moment_text(what.taken_at_ms)},
          {"lost", what.lost},         {"missing", std::move(missing)},
          {"sends", std::move(sends)}, {"spans", std::move(spans)}};
}

}  // namespace parley::trace
