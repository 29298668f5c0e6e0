#include "tools/parley/top/plain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <thread>

#include "tools/parley/commands/operator_calls.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/top/text.hpp"

namespace parley::top {

namespace json = client::json;

namespace {

/// So many of the hottest so far are looked among for those that are hottest now.
constexpr std::size_t plain_actors_asked = 2'000;
/// No table is as wide.
constexpr int unlimited = 100'000;

json::value or_null(const std::optional<double>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

std::string without_end_spaces(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

void add_table(std::string& to, table what, const order& sorted, std::size_t count) {
  sort_rows(what, sorted);
  what.rows.resize(std::min(what.rows.size(), count));
  // A bar is for eyes on a screen.
  const auto bars = std::ranges::find(what.columns, "LAST RATES", &column::title);
  if (bars != what.columns.end()) {
    const auto place = bars - what.columns.begin();
    const auto is_last = bars + 1 == what.columns.end();
    for (auto& each : what.rows)
      // Of a node that is gone, why stands there.
      if (each.cells[static_cast<std::size_t>(place)].style != look::bad)
        each.cells[static_cast<std::size_t>(place)].text.clear();
    bars->title = is_last ? "REMARK" : "";
  }
  const auto made = lay_out(what, {}, 0, what.rows.size(), unlimited);
  to += '\n' + without_end_spaces(made.heading.text()) + '\n';
  for (const auto& each : made.rows) to += without_end_spaces(each.text()) + '\n';
}

std::vector<question> questions_of(const plain_settings& settings) {
  const auto by = settings.sort == "mailbox" || settings.sort == "most" ? "mailbox"
                  : settings.sort == "time"                             ? "time"
                                                                        : "messages";
  return {{question::about::whole, "/v1/operator/topology?actors=false&edges=0"},
          {question::about::actors, fmt::format("/v1/operator/topology?edges=0&top={}&by={}{}",
                                                std::max(settings.actors, plain_actors_asked), by,
                                                settings.names ? "&names=true" : "")}};
}

client::outcome<void> learn(asker& asks, const std::vector<question>& questions, rates& into) {
  const auto told = asks.ask(questions);
  for (const auto& [asked, got] : told.parts) {
    if (got.has_error()) return got.error();
    asked.what == question::about::whole ? into.learn(*got) : into.learn_actors(*got);
  }
  if (!told.note.empty()) commands::say("parley: " + told.note);
  return {};
}

}  // namespace

std::string plain_block(const rates& from, const plain_settings& settings) {
  const auto& whole = from.whole();
  std::uint64_t actors = 0;
  std::uint64_t waiting = 0;
  std::size_t gone = 0;
  for (const auto& each : from.nodes()) {
    actors += each.actors;
    waiting += each.mailbox;
    gone += each.gone.empty() ? 0U : 1U;
  }
  std::string block =
      fmt::format("{}  {} nodes{}, {} actors, {} messages/s, {} wait; skew {} ms\n", whole.taken_at,
                  from.nodes().size() - gone, gone > 0 ? fmt::format(", {} gone", gone) : "",
                  count_text(actors), rate_text(from.handled()), count_text(waiting), whole.skew_ms);
  constexpr auto all = std::numeric_limits<std::size_t>::max();
  add_table(block, nodes_table(from, settings.wanted), {"name", false}, all);
  add_table(block, kinds_table(from, settings.wanted, ""), {"messages", false}, all);
  add_table(block, actors_table(from, settings.wanted, "", ""), {settings.sort, false}, settings.actors);
  return block;
}

json::object json_block(const rates& from, const plain_settings& settings) {
  const auto& whole = from.whole();
  json::array nodes;
  for (const auto& each : from.nodes()) {
    if (!settings.wanted.has_node(each.name)) continue;
    json::object node{{"name", each.name},
                      {"gone", each.gone.empty() ? json::value(nullptr) : json::value(each.gone)}};
    node["level"] = each.level;
    node["actors"] = each.actors;
    node["mailbox"] = each.mailbox;
    node["started_per_second"] = or_null(each.started);
    node["messages_per_second"] = or_null(each.handled);
    node["skew_ms"] = each.skew_ms ? json::value(*each.skew_ms) : json::value(nullptr);
    nodes.push_back(std::move(node));
  }
  std::vector<std::string> names;
  for (const auto& each : from.nodes())
    if (settings.wanted.has_node(each.name)) names.push_back(each.name);
  json::array kinds;
  for (const auto& each : names.empty() ? std::vector<kind_now>{} : from.kinds(names)) {
    if (!settings.wanted.has_kind(each.kind)) continue;
    json::object kind{{"kind", each.kind}, {"alive", each.alive}, {"mailbox", each.mailbox}};
    kind["started_per_second"] = or_null(each.started);
    kind["messages_per_second"] = or_null(each.handled);
    json::object by_node;
    for (const auto& [node, rate] : each.handled_by_node) by_node[node] = or_null(rate);
    kind["messages_per_second_by_node"] = std::move(by_node);
    kinds.push_back(std::move(kind));
  }
  auto hottest = actors_table(from, settings.wanted, "", "");
  sort_rows(hottest, {settings.sort, false});
  hottest.rows.resize(std::min(hottest.rows.size(), settings.actors));
  json::array actors;
  for (const auto& row : hottest.rows) {
    const auto& each =
        *std::ranges::find(from.actors(), row.key, [](const auto& one) { return one.what.id; });
    json::object one{{"id", each.what.id}, {"node", each.what.node}, {"kind", each.what.kind}};
    one["entity"] = each.what.entity.empty() ? json::value(nullptr) : json::value(each.what.entity);
    if (!each.what.name.empty()) one["name"] = each.what.name;
    one["messages_per_second"] = or_null(each.handled);
    one["mailbox"] = each.what.mailbox;
    one["mailbox_highest"] = each.what.mailbox_highest;
    one["busy"] = or_null(each.busy);
    one["waited_p99_us"] = each.what.waited_us ? json::value(each.what.waited_us->p99) : json::value(nullptr);
    one["handled"] = each.what.handled;
    actors.push_back(std::move(one));
  }
  return {{"at", whole.taken_at},      {"answered_by", whole.answered_by}, {"skew_ms", whole.skew_ms},
          {"nodes", std::move(nodes)}, {"kinds", std::move(kinds)},        {"actors", std::move(actors)}};
}

client::outcome<void> print_plain(asker asks, const plain_settings& settings) {
  const auto questions = questions_of(settings);
  rates known;
  if (auto first = learn(asks, questions, known); first.has_error()) return first;
  for (bool is_first = true;; is_first = false) {
    std::this_thread::sleep_for(settings.every);
    if (const auto more = learn(asks, questions, known); more.has_error()) {
      if (settings.is_once || more.error().kind != client::trouble::unreachable) return more;
      commands::report(more.error());
      continue;
    }
    if (settings.form == plain_form::json)
      commands::print_line(client::json_line(json_block(known, settings)));
    else
      commands::print_line((is_first ? "" : "\n") + without_end_spaces(plain_block(known, settings)));
    if (settings.is_once) return {};
  }
}

}  // namespace parley::top
