#include "tools/parley/top/snapshot.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

namespace parley::top {

using client::number_of;
using client::object_in;
using client::text_of;
namespace json = client::json;

namespace {

std::optional<std::string> text_or_null(const json::object& object, std::string_view member) {
  auto text = text_of(object, member);
  if (text.empty()) return std::nullopt;
  return text;
}

std::optional<double> real_of(const json::object& object, std::string_view member) {
  const auto* found = object.if_contains(member);
  if (found == nullptr || !found->is_number()) return std::nullopt;
  return found->to_number<double>();
}

std::optional<times> times_of(const json::object& object, std::string_view member) {
  const auto* found = object.if_contains(member);
  if (found == nullptr || !found->is_object()) return std::nullopt;
  const auto& of = found->get_object();
  return times{number_of(of, "count"), real_of(of, "p50").value_or(0), real_of(of, "p99").value_or(0),
               real_of(of, "max").value_or(0), real_of(of, "sum")};
}

node_part node_in(const json::object& from) {
  return {text_of(from, "name"),        text_of(from, "incarnation"), text_of(from, "level"),
          text_or_null(from, "cut_at"), number_of(from, "actors"),    text_or_null(from, "missing")};
}

kind_count kind_in(const json::object& from) {
  return {text_of(from, "node"),       text_of(from, "kind"),       number_of(from, "alive"),
          number_of(from, "started"),  number_of(from, "enqueued"), number_of(from, "handled"),
          number_of(from, "discarded")};
}

actor actor_in(const json::object& from) {
  actor one;
  one.id = text_of(from, "id");
  one.node = text_of(from, "node");
  one.kind = text_of(from, "kind");
  one.entity = text_of(from, "entity");
  one.name = text_of(from, "name");
  if (const auto* shard = from.if_contains("shard"); shard != nullptr && shard->is_number())
    one.shard = number_of(from, "shard");
  one.parent = text_of(from, "parent");
  one.started_at = text_of(from, "started_at");
  one.mailbox = number_of(from, "mailbox");
  one.mailbox_highest = number_of(from, "mailbox_highest");
  one.enqueued = number_of(from, "enqueued");
  one.handled = number_of(from, "handled");
  if (const auto* types = from.if_contains("types"))
    for (const auto& each : object_in(*types))
      one.types.emplace_back(each.key(), number_of(object_in(*types), each.key()));
  one.waited_us = times_of(from, "waited_us");
  one.handling_us = times_of(from, "handling_us");
  return one;
}

}  // namespace

client::outcome<snapshot> read_snapshot(const json::value& value) {
  const auto& whole = object_in(value);
  if (const auto schema = text_of(whole, "schema"); schema != "parley.topology/1")
    return client::problem{
        client::trouble::failed,
        fmt::format("the node answers '{}' instead of a snapshot 'parley.topology/1'; is it "
                    "of another version than this parley?",
                    schema)};
  snapshot read;
  read.taken_at = text_of(whole, "taken_at");
  read.answered_by = text_of(whole, "answered_by");
  read.skew_ms = number_of(whole, "skew_ms");
  for (const auto& each : client::array_of(whole, "nodes")) read.nodes.push_back(node_in(object_in(each)));
  for (const auto& each : client::array_of(whole, "kinds")) read.kinds.push_back(kind_in(object_in(each)));
  for (const auto& each : client::array_of(whole, "actors")) read.actors.push_back(actor_in(object_in(each)));
  for (const auto& each : client::array_of(whole, "edges")) {
    const auto& from = object_in(each);
    read.edges.push_back(
        {text_of(from, "from"), text_of(from, "to"), text_of(from, "type"), number_of(from, "count")});
  }
  return read;
}

std::optional<std::int64_t> moment_of(std::string_view text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millisecond = 0;
  // 2026-05-01T12:00:00.000Z
  if (text.size() != 24 || std::sscanf(std::string(text).c_str(), "%4d-%2u-%2uT%2d:%2d:%2d.%3dZ", &year,
                                       &month, &day, &hour, &minute, &second, &millisecond) != 7)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  if (!date.ok()) return std::nullopt;
  const auto days = std::chrono::sys_days{date}.time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(days).count() +
         ((hour * 60 + minute) * 60 + second) * std::int64_t{1'000} + millisecond;
}

std::string clock_of(const std::string& moment) { return moment_of(moment) ? moment.substr(11, 8) : moment; }

std::string node_of(std::string_view actor_id) {
  return std::string{actor_id.substr(0, actor_id.rfind('/'))};
}

}  // namespace parley::top
