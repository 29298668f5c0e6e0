#include "transport/operator_traces_json.hpp"

#include <simdjson.h>

#include <charconv>

#include "actors/contract/values/tracing.hpp"
#include "transport/protocol/json_writer.hpp"
#include "transport/protocol/text_rules.hpp"
#include "transport/query_parameters.hpp"

namespace parley {

namespace {

constexpr std::int64_t day_s = 86'400;

template <class Id>
bool read_id(const simdjson::dom::element& value, Id& into) {
  std::string_view text;
  if (value.is_null()) return true;
  if (value.get(text)) return false;
  const auto id = parse_id<Id>(text);
  if (id) into = *id;
  return id.has_value();
}

outcome<void> take_member(std::string_view name, const simdjson::dom::element& value,
                          sampling_wanted& wanted) {
  if (name == "sample") {
    double share = 0;
    if (value.get(share) || !(share >= 0 && share <= 1))
      return bad_request("'sample' must be a number from 0 (nothing) to 1 (everything)");
    wanted.what.share = share;
    return {};
  }
  if (name == "conversation") {
    if (read_id(value, wanted.what.conversation)) return {};
    return bad_request("'conversation' must be the id of one, as a text");
  }
  if (name == "session") {
    if (read_id(value, wanted.what.session)) return {};
    return bad_request("'session' must be the id of one, as a text; 'identified' says it");
  }
  if (name == "node") {
    std::string_view text;
    if (value.is_null()) return {};
    if (value.get(text)) return bad_request("'node' must be the name of a node, as a text");
    wanted.what.node = text;
    return {};
  }
  if (name == "for_s") {
    std::int64_t seconds = 0;
    if (value.get(seconds) || seconds < 1 || seconds > day_s)
      return bad_request("'for_s' must be a whole number of seconds from 1 to 86400");
    wanted.lasts = std::chrono::seconds{seconds};
    return {};
  }
  return bad_request("'" + std::string(name) +
                     "' is no member; there are sample, conversation, session, node, for_s");
}

template <class Id>
void write_id_or_null(json_writer& to, Id id) {
  if (id)
    to.id(id);
  else
    to.raw("null");
}

void write_details(json_writer& to, const std::vector<span_detail>& details) {
  to.member("details").raw("{");
  for (const auto& [name, value] : details) {
    to.member(name);
    if (const auto* number = std::get_if<std::int64_t>(&value))
      to.number(*number);
    else
      to.text(std::get<std::string>(value));
  }
  to.raw("}");
}

void write_span(json_writer& to, const std::string& node, const trace_span& span, const std::string& entity) {
  to.raw("{").member("trace").text(to_trace_text(span.trace)).member("span").text(to_trace_text(span.span));
  to.member("parent");
  if (span.parent == 0)
    to.raw("null");
  else
    to.text(to_trace_text(span.parent));
  to.member("node").text(node).member("actor");
  if (span.actor == 0)
    to.raw("null");
  else
    to.text(node + "/" + std::to_string(span.actor));
  to.member("kind").text(span.kind).member("entity");
  if (entity.empty())
    to.raw("null");
  else
    to.text(entity);
  to.member("name").text(span.name).member("at_ns").text(std::to_string(span.at_ns));
  to.member("waited_ns").number(span.waited_ns).member("took_ns").number(span.took_ns);
  write_details(to, span.details);
  to.raw("}");
}

}  // namespace

outcome<sampling_wanted> sampling_in(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::object whole;
  if (!is_utf8(body) || parser.parse(body).get(whole))
    return bad_request("the body must be a JSON object such as {\"sample\":0.01,\"for_s\":60}");
  sampling_wanted wanted;
  bool has_share = false;
  for (const auto& [name, value] : whole) {
    if (auto taken = take_member(name, value, wanted); taken.has_error()) return taken.error();
    has_share |= name == "sample";
  }
  if (!has_share) return bad_request("'sample' is missing: a number from 0 (nothing) to 1 (everything)");
  return wanted;
}

std::string sampling_body(const trace_lease& lease, const missing_nodes& missing) {
  char share[32];
  const auto end = std::to_chars(share, share + sizeof share, lease.what.share).ptr;
  std::string body;
  json_writer to{body};
  to.raw("{").member("sample").raw({share, static_cast<std::size_t>(end - share)}).member("conversation");
  write_id_or_null(to, lease.what.conversation);
  write_id_or_null(to.member("session"), lease.what.session);
  to.member("node");
  if (lease.what.node.empty())
    to.raw("null");
  else
    to.text(lease.what.node);
  to.member("until");
  if (lease.until)
    to.time(*lease.until);
  else
    to.raw("null");
  write_missing(to, missing);
  to.raw("}");
  return body;
}

std::optional<trace_cursor> trace_cursor_in(std::string_view text) {
  trace_cursor cursor;
  while (!text.empty()) {
    const auto end = std::min(text.find(';'), text.size());
    const auto part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    // A node's name holds no '='.
    const auto equals = part.find('=');
    const auto dot = part.rfind('.');
    if (equals == 0 || equals == std::string_view::npos || dot == std::string_view::npos || dot < equals)
      return std::nullopt;
    const auto life = parse_id<incarnation_id>(part.substr(equals + 1, dot - equals - 1));
    trace_place place;
    const auto* last = part.data() + part.size();
    const auto [stopped, problem] = std::from_chars(part.data() + dot + 1, last, place.next);
    if (!life || problem != std::errc{} || stopped != last) return std::nullopt;
    place.incarnation = *life;
    cursor[std::string(part.substr(0, equals))] = place;
  }
  return cursor;
}

std::string spans_part_body(const trace_part& part) {
  std::string body;
  json_writer to{body};
  to.raw("{").member("node").text(part.node);
  to.member("incarnation").id(part.incarnation).member("next").number(static_cast<std::int64_t>(part.next));
  to.member("lost").number(static_cast<std::int64_t>(part.lost)).member("spans").raw("[");
  for (std::size_t i = 0; i < part.spans.size(); ++i)
    write_span(to.separate(), part.node, part.spans[i], part.entities[i]);
  to.raw("]}");
  return body;
}

std::string merged_spans(const spans_frame& frame, const std::vector<std::string>& parts,
                         const missing_nodes& missing) {
  auto cursor = frame.cursor;
  std::int64_t lost = 0;
  std::string spans;
  for (const auto& body : parts) {
    simdjson::dom::parser parser;
    simdjson::dom::element part;
    simdjson::dom::array of_part;
    std::string_view node;
    std::string_view life;
    std::int64_t next = 0;
    std::int64_t lost_there = 0;
    if (parser.parse(body).get(part) || part["node"].get(node) || part["incarnation"].get(life) ||
        part["next"].get(next) || part["lost"].get(lost_there) || part["spans"].get(of_part))
      continue;
    cursor[std::string(node)] = {parse_id<incarnation_id>(life).value_or(incarnation_id{}),
                                 static_cast<std::uint64_t>(next)};
    lost += lost_there;
    for (const auto& each : of_part) {
      if (!spans.empty()) spans += ',';
      spans += simdjson::minify(each);
    }
  }
  std::string where;
  for (const auto& [node, place] : cursor)
    where += (where.empty() ? "" : ";") + node + "=" + to_text(place.incarnation) + "." +
             std::to_string(place.next);
  std::string body;
  json_writer to{body};
  to.raw("{").member("taken_at").time(frame.taken_at).member("answered_by").text(frame.answered_by);
  to.member("cursor").text(where).member("lost").number(lost);
  write_missing(to, missing);
  to.member("spans").raw("[").raw(spans).raw("]}");
  return body;
}

}  // namespace parley
