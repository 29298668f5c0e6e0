#include "transport/operator_cluster.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "transport/protocol/json_writer.hpp"
#include "transport/query_text.hpp"

namespace parley {

namespace http = boost::beast::http;

namespace {

constexpr std::string_view nodes_path = "/v1/operator/nodes";
constexpr std::string_view drain_suffix = "/drain";

std::string_view state_of(const cluster_view& seen, const node_record& node) {
  if (is_gone(seen, node)) return "gone";
  switch (node.state) {
    case node_state::starting:
      return "starting";
    case node_state::serving:
      // What it was asked, it says of itself with its next beat.
      return node.drain_wanted ? "draining" : "serving";
    case node_state::draining:
      return "draining";
    case node_state::secluded:
      return "secluded";
  }
  return "gone";
}

/// A node's name; of a life that nobody knows any more, nothing.
json_writer& name_or_null(json_writer& to, const cluster_view& seen, incarnation_id node) {
  const auto* record = node_of(seen, node);
  return record == nullptr ? to.raw("null") : to.text(record->name);
}

void write(json_writer& to, const cluster_view& seen, const node_record& node) {
  const auto& shown = node.figures;
  to.raw("{").member("name").text(node.name).member("incarnation").id(node.incarnation);
  to.member("state").text(state_of(seen, node)).member("version").text(node.version);
  to.member("address").text(node.address).member("url").text(node.url);
  to.member("shards").number(static_cast<std::int64_t>(shards_of(seen, node.incarnation)));
  to.member("conversations").number(shown.conversations).member("sessions").number(shown.sessions);
  to.member("messages").number(shown.messages).member("commit_p99_us").number(shown.commit_p99_us);
  std::int64_t most = 0;
  for (const auto& lag : shown.lags) most = std::max(most, lag.ms);
  to.member("link_lag_ms").number(most).member("link_lags").raw("[");
  for (const auto& lag : shown.lags)
    if (const auto* peer = node_of(seen, lag.peer))
      to.separate().raw("{").member("peer").text(peer->name).member("lag_ms").number(lag.ms).raw("}");
  to.raw("]").member("links").raw("[");
  for (const auto peer : node.links)
    if (const auto* reached = node_of(seen, peer)) to.separate().text(reached->name);
  to.raw("]").member("started_at").time(node.started_at).member("beat_at").time(node.beat_at);
  to.member("beat_age_ms").number(std::max<timestamp_ms>(0, seen.now - node.beat_at)).raw("}");
}

std::string nodes_body(const cluster_view& seen) {
  std::vector<const node_record*> nodes;
  for (const auto& each : seen.nodes) nodes.push_back(&each);
  std::ranges::sort(nodes, [](const auto* one, const auto* other) {
    return std::pair{std::string_view{one->name}, one->incarnation} <
           std::pair{std::string_view{other->name}, other->incarnation};
  });
  std::string body;
  json_writer to{body};
  to.raw("{").member("nodes").raw("[");
  for (const auto* each : nodes) write(to.separate(), seen, *each);
  to.raw("]").member("free_shards").number(static_cast<std::int64_t>(shards_of(seen, {}))).raw("}");
  return body;
}

/// Who has a shard, since when, and who should: members of an object.
void write_owner(json_writer& to, const cluster_view& seen, shard_index shard,
                 const std::vector<candidate>& candidates) {
  const auto place = static_cast<std::size_t>(shard.value);
  const auto owner = seen.owners[place];
  const auto rightful = rightful_owner(shard, candidates);
  to.member("shard").number(shard.value).member("owner");
  name_or_null(to, seen, owner);
  if (owner) to.member("incarnation").id(owner);
  if (const auto since = seen.owned_since[place]; owner && since != 0)
    to.member("since").time(since).member("held_ms").number(std::max<timestamp_ms>(0, seen.now - since));
  to.member("rightful_owner");
  name_or_null(to, seen, rightful);
  to.member("is_rightful").boolean(owner && owner == rightful);
}

/// All shards, or the one that is wanted.
std::string shards_body(const cluster_view& seen, std::optional<std::int32_t> wanted) {
  const auto candidates = candidates_in(seen);
  std::string body;
  json_writer to{body};
  to.raw("{").member("shards").raw("[");
  for (std::int32_t i = 0; i < shard_count; ++i) {
    if (wanted && *wanted != i) continue;
    to.separate().raw("{");
    write_owner(to, seen, {i}, candidates);
    to.raw("}");
  }
  to.raw("]}");
  return body;
}

std::string place_body(const place_found& found) {
  std::string body;
  json_writer to{body};
  to.raw("{");
  if (const auto* conversation = std::get_if<conversation_id>(&found.id))
    to.member("conversation").id(*conversation);
  else
    to.member("user").id(std::get<user_id>(found.id));
  if (found.name) to.member("name").text(*found.name);
  write_owner(to, found.cluster, found.shard, candidates_in(found.cluster));
  if (const auto* owner =
          node_of(found.cluster, found.cluster.owners[static_cast<std::size_t>(found.shard.value)]))
    to.member("url").text(owner->url);
  to.raw("}");
  return body;
}

template <class T, class Body>
operator_desk::callback<T> answering(const http_responder& respond, Body body) {
  return [respond, body = std::move(body)](const outcome<T>& result) {
    respond(result.has_error() ? refusal(result.error())
                               : json_answer(http::status::ok, body(result.value())));
  };
}

void show_shards(operator_desk& desk, std::string_view query, const http_responder& respond) {
  std::optional<std::int32_t> wanted;
  if (const auto given = parameter_in(query, "shard")) {
    std::int32_t number = 0;
    const auto* end = given->data() + given->size();
    const auto [stopped, problem] = std::from_chars(given->data(), end, number);
    if (problem != std::errc{} || stopped != end || number < 0 || number >= shard_count)
      return respond(refusal({errc::bad_request,
                              "'shard' must be a whole number from 0 to " + std::to_string(shard_count - 1),
                              {}}));
    wanted = number;
  }
  desk.show_cluster(answering<cluster_view>(
      respond, [wanted](const cluster_view& seen) { return shards_body(seen, wanted); }));
}

void show_place(operator_desk& desk, std::string_view query, const http_responder& respond) {
  const auto conversation = parameter_in(query, "conversation");
  const auto user = parameter_in(query, "user");
  if (conversation.has_value() == user.has_value())
    return respond(refusal({errc::bad_request, "say which: either 'conversation' or 'user'", {}}));
  place_question what;
  if (conversation) {
    const auto id = parse_id<conversation_id>(*conversation);
    if (!id) return respond(refusal({errc::bad_request, "'conversation' must be the id of one", {}}));
    what = *id;
  } else {
    auto name = decoded(*user);
    if (!name || name->empty())
      return respond(
          refusal({errc::bad_request, "'user' must be a name or an id, percent-encoded UTF-8", {}}));
    what = std::move(*name);
  }
  desk.find_place(std::move(what), answering<place_found>(respond, place_body));
}

void ask_to_drain(operator_desk& desk, const http_request& request, std::string_view given,
                  const http_responder& respond) {
  if (request.method() != http::verb::post) return respond(method_not_allowed("POST"));
  if (!request.body().empty())
    return respond(refusal({errc::bad_request, "this call takes no body: nothing was done", {}}));
  auto name = decoded(given);
  if (!name || name->empty())
    return respond(refusal({errc::bad_request, "the node's name must be percent-encoded UTF-8", {}}));
  desk.ask_to_drain(*name, answering<cluster_view>(respond, [name = *name](const cluster_view& seen) {
    std::string body;
    json_writer to{body};
    to.raw("{").member("node");
    // Whoever was quick to go has no row any more.
    if (const auto* node = node_named(seen, name))
      write(to, seen, *node);
    else
      to.raw("null");
    to.raw("}");
    return body;
  }));
}

}  // namespace

bool answer_about_cluster(operator_desk& desk, const http_request& request, std::string_view path,
                          std::string_view query, const http_responder& respond) {
  if (path.starts_with(nodes_path) && path.substr(nodes_path.size()).starts_with('/') &&
      path.ends_with(drain_suffix) && path.size() > nodes_path.size() + 1 + drain_suffix.size()) {
    auto name = path.substr(nodes_path.size() + 1);
    name.remove_suffix(drain_suffix.size());
    if (name.find('/') != std::string_view::npos) return false;
    ask_to_drain(desk, request, name, respond);
    return true;
  }
  const bool is_nodes = path == nodes_path;
  const bool is_shards = path == "/v1/operator/shards";
  if (!is_nodes && !is_shards && path != "/v1/operator/where") return false;
  if (request.method() != http::verb::get)
    respond(method_not_allowed("GET"));
  else if (is_nodes)
    desk.show_cluster(answering<cluster_view>(respond, nodes_body));
  else if (is_shards)
    show_shards(desk, query, respond);
  else
    show_place(desk, query, respond);
  return true;
}

}  // namespace parley
