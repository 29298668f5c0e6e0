#include "tools/parley/experiment/crowd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "tools/parley/bench/stop_request.hpp"

namespace parley::experiment {

using client::array_of;
using client::number_of;
using client::object_in;
using client::outcome;
using client::problem;
using client::reply;
using client::text_of;
using client::trouble;
namespace json = client::json;
using namespace std::chrono_literals;

namespace {

constexpr auto answer_within = 60s;
constexpr auto look_every = 50ms;
/// How long somebody waits for a node that is gone before they go to another one.
constexpr auto elsewhere_after = 500ms;
constexpr int page_entries = 100;
constexpr std::string_view key_begin = "e-";

std::string key_of(std::uint32_t message) { return fmt::format("{}{}", key_begin, message); }

/// Which message has this key; `nobody` for keys of others.
std::uint32_t message_of(std::string_view key) {
  std::uint32_t number = 0;
  if (!key.starts_with(key_begin)) return nobody;
  const auto* const end = key.data() + key.size();
  const auto read = std::from_chars(key.data() + key_begin.size(), end, number);
  return read.ec == std::errc{} && read.ptr == end ? number : nobody;
}

client::live_session::handlers no_handlers() {
  return {[] {}, [](std::string_view, const json::object&) {}, [](const std::string&, milliseconds) {},
          [](const problem&) {},
          []() -> outcome<std::string> {
            return problem{trouble::failed, "the token is refused"};
          }};
}

}  // namespace

crowd::crowd(boost::asio::io_context& loop, const cluster& where, const settings& from, const schedule& plan,
             history_log& into)
    : loop_(loop),
      where_(where),
      from_(from),
      plan_(plan),
      texts_(from),
      into_(into),
      people_(from.people),
      heads_(plan.groups.size(), 0) {
  for (const auto& each : plan.groups) into_.seen().groups.push_back(each.members);
}

crowd::~crowd() = default;

outcome<void> crowd::wait_for(const std::function<bool()>& done, std::string_view what) {
  const auto deadline = clock::now() + answer_within;
  while (!done()) {
    if (bench::stop_request::came()) return problem{trouble::failed, "interrupted before the load began"};
    if (clock::now() > deadline)
      return problem{trouble::unreachable,
                     fmt::format("{} within {} s", what, std::chrono::seconds{answer_within}.count())};
    loop_.restart();
    loop_.run_for(20ms);
  }
  return {};
}

outcome<void> crowd::make_groups(std::vector<client::signed_in_user> people) {
  users_ = std::move(people);
  group_ids_.resize(plan_.groups.size());
  std::map<std::uint32_t, std::unique_ptr<client::live_session>> makers;
  std::size_t answered = 0;
  std::string refusal;
  for (std::uint32_t group = 0; group < plan_.groups.size(); ++group) {
    const auto& members = plan_.groups[group].members;
    auto& maker = makers[members.front()];
    if (!maker) {
      maker = std::make_unique<client::live_session>(loop_, where_.at(members.front() % where_.size()),
                                                     users_[members.front()].token, no_handlers());
      maker->start();
    }
    json::array others;
    for (std::size_t i = 1; i < members.size(); ++i) others.emplace_back(users_[members[i]].id);
    maker->request("create_group",
                   {{"key", group_name(group)}, {"name", group_name(group)}, {"members", std::move(others)}},
                   [&, group](const reply& answer) {
                     ++answered;
                     if (!answer.ok) refusal = answer.message;
                     group_ids_[group] = text_of(answer.d, "conversation");
                   });
    // A session has room for so many requests only.
    if (auto done = wait_for([&] { return answered + 100 > group; }, "no node made the groups");
        done.has_error())
      return done;
  }
  if (auto done = wait_for([&] { return answered == plan_.groups.size(); }, "no node made all groups");
      done.has_error())
    return done;
  if (!refusal.empty()) return problem{trouble::failed, "a group cannot be made: " + refusal};
  for (std::uint32_t i = 0; i < group_ids_.size(); ++i) groups_by_id_[group_ids_[i]] = i;
  return {};
}

outcome<void> crowd::gather() {
  for (std::uint32_t who = 0; who < people_.size(); ++who) {
    people_[who].node = who % where_.size();
    come(who);
    // Some at a time: a node lets in so many a second, and refuses the others for a while.
    if (who % 50 != 49) continue;
    if (auto done = wait_for([&] { return people_[who].is_synced; }, "not everybody came"); done.has_error())
      return done;
  }
  return wait_for([this] { return std::ranges::all_of(people_, &person::is_synced); }, "not everybody came");
}

microseconds crowd::next() const {
  return next_send_ < plan_.sends.size() ? plan_.sends[next_send_].at : microseconds::max();
}

void crowd::go_on(microseconds now, bool is_over) {
  while (!is_over && next() <= now) {
    const auto& planned = plan_.sends[next_send_];
    const auto message = static_cast<std::uint32_t>(next_send_++);
    auto& sent = into_.seen().sent.emplace_back();
    sent.person = planned.person;
    sent.group = planned.group;
    sent.planned = planned.at;
    ++waiting_;
    auto& who = people_[planned.person];
    ++who.not_handed;
    auto& made = who.unanswered[message];
    if (who.not_handed == 1) hand_over(planned.person, message, made);
  }
  const auto at = clock::now();
  if (at - last_look_ < look_every) return;
  last_look_ = at;
  for (std::uint32_t who = 0; who < people_.size(); ++who) look_after(who, at);
}

void crowd::look_after(std::uint32_t who, clock::time_point now) {
  auto& one = people_[who];
  if (one.has_given_up) return;
  const bool is_deserted = !one.is_online && now - one.changed > elsewhere_after &&
                           (!where_.takes_clients(one.node) || now - one.changed > from_.patience);
  const bool is_impatient =
      one.is_online && !one.unanswered.empty() && one.unanswered.begin()->second.is_handed &&
      now - std::max(one.unanswered.begin()->second.since, one.changed) > from_.patience;
  const bool is_unsynced = one.is_online && !one.is_synced && now - one.changed > from_.patience;
  if (!is_deserted && !is_impatient && !is_unsynced) return;
  // Not all of them to the same one: who comes from one node is spread over the others.
  const auto others = std::max<std::size_t>(1, where_.size() - 1);
  for (std::size_t i = 0; i <= others; ++i) {
    const auto other =
        i == others ? one.node : (one.node + 1 + (who / where_.size() + i) % others) % where_.size();
    if (!where_.takes_clients(other)) continue;
    into_.session(who, one.connection, other, "moves",
                  is_deserted ? "its node is gone" : "its node does not answer");
    one.node = other;
    come(who);
    return;
  }
}

void crowd::come(std::uint32_t who) {
  auto& one = people_[who];
  one.is_online = false;
  one.is_synced = false;
  one.changed = clock::now();
  for (auto& [group, log] : one.logs) log.is_reading = false;
  one.session = std::make_unique<client::live_session>(
      loop_, where_.at(one.node), users_[who].token,
      client::live_session::handlers{[this, who] { synchronise(who); },
                                     [this, who](std::string_view name, const json::object& d) {
                                       if (name == "entry") take_entry(who, d, came_by::push);
                                     },
                                     [this, who](const std::string& why, milliseconds) {
                                       auto& gone = people_[who];
                                       if (gone.is_online) {
                                         gone.changed = clock::now();
                                         into_.session(who, gone.connection, gone.node, "offline", why);
                                       }
                                       gone.is_online = false;
                                       gone.is_synced = false;
                                     },
                                     [this, who](const problem& why) {
                                       auto& gone = people_[who];
                                       gone.is_online = false;
                                       gone.has_given_up = true;
                                       into_.session(who, gone.connection, gone.node, "gave up", why.message);
                                     },
                                     [this, who]() -> outcome<std::string> { return users_[who].token; }});
  one.session->start();
  // The same keys: what was written after all is not written again.
  one.not_handed = one.unanswered.size();
  for (auto& [message, what] : one.unanswered) what.is_handed = false;
  hand_over(who);
}

void crowd::hand_over(std::uint32_t who) {
  auto& one = people_[who];
  for (auto& [message, what] : one.unanswered) {
    if (one.not_handed == 0) return;
    if (what.is_handed) continue;
    const auto before = one.not_handed;
    hand_over(who, message, what);
    if (one.not_handed == before) return;
  }
}

void crowd::hand_over(std::uint32_t who, std::uint32_t message, unconfirmed& what) {
  auto& one = people_[who];
  auto& sent = into_.seen().sent[message];
  const auto text = texts_.of(message);
  const bool has_room = one.session->request(
      "send", {{"conversation", group_ids_[sent.group]}, {"key", key_of(message)}, {"text", text}},
      [this, who, message](const reply& answer) {
        auto& answered = into_.seen().sent[message];
        if (answer.ok) {
          answered.acknowledged = into_.now();
          answered.seq = number_of(answer.d, "seq");
          heads_[answered.group] = std::max(heads_[answered.group], answered.seq);
        } else {
          answered.error = answer.code.empty() ? answer.message : answer.code;
        }
        into_.finished(message);
        people_[who].unanswered.erase(message);
        --waiting_;
        if (people_[who].not_handed != 0) hand_over(who);
      });
  if (!has_room) return;
  if (sent.sent == never) sent.sent = into_.now();
  sent.characters = static_cast<std::uint32_t>(text.size());
  ++sent.attempts;
  --one.not_handed;
  what = {true, clock::now()};
}

void crowd::synchronise(std::uint32_t who) {
  auto& one = people_[who];
  one.is_online = true;
  one.changed = clock::now();
  ++one.connection;
  into_.session(who, one.connection, one.node, "online", "");
  json::object have;
  for (auto& [group, log] : one.logs) {
    // What was on its way ended with the connection.
    log.is_reading = false;
    have[group_ids_[group]] = log.have();
  }
  json::object ask{{"have", std::move(have)}, {"tail", page_entries}};
  if (!one.epoch.empty()) ask["epoch"] = one.epoch;
  one.session->request_once("sync", std::move(ask),
                            [this, who](const reply& answer) { take_page(who, answer); });
}

void crowd::take_page(std::uint32_t who, const reply& answer) {
  auto& one = people_[who];
  // Without a sync nothing is pushed: begin anew on another connection.
  if (!answer.ok) return one.session->start_over(answer.message);
  if (auto epoch = text_of(answer.d, "epoch"); !epoch.empty()) one.epoch = std::move(epoch);
  for (const auto& each : array_of(answer.d, "conversations")) {
    const auto& listed = object_in(each);
    const auto group = groups_by_id_.find(text_of(listed, "id"));
    if (group == groups_by_id_.end()) continue;
    for (const auto& entry : array_of(listed, "entries")) take_entry(who, object_in(entry), came_by::sync);
    const auto head = number_of(listed, "head");
    heads_[group->second] = std::max(heads_[group->second], head);
    one.logs[group->second].expect(head);
    read_missing(who, group->second);
  }
  const auto cursor = text_of(answer.d, "cursor");
  if (cursor.empty()) {
    one.is_synced = true;
    return;
  }
  one.session->request_once("sync", {{"cursor", cursor}},
                            [this, who](const reply& next) { take_page(who, next); });
}

void crowd::take_entry(std::uint32_t who, const json::object& entry, came_by how) {
  const auto group = groups_by_id_.find(text_of(entry, "conversation"));
  if (group == groups_by_id_.end()) return;
  auto& one = people_[who];
  const auto seq = number_of(entry, "seq");
  auto& log = one.logs[group->second];
  const bool is_new = log.take(seq);
  heads_[group->second] = std::max(heads_[group->second], seq);
  // What is read again to fill a hole is no news; what is pushed again is, and wrong.
  if (is_new || how == came_by::push)
    into_.delivered({into_.now(), who, one.connection, group->second, static_cast<std::uint32_t>(seq),
                     text_of(entry, "kind") == "message" ? message_of(text_of(entry, "key")) : nobody, how});
  if (how == came_by::push) read_missing(who, group->second);
}

void crowd::read_missing(std::uint32_t who, std::uint32_t group) {
  auto& one = people_[who];
  auto& log = one.logs[group];
  const auto after = log.missing_after();
  if (!after || log.is_reading || !one.is_online) return;
  log.is_reading = true;
  one.session->request_once("history",
                            {{"conversation", group_ids_[group]}, {"after", *after}, {"limit", page_entries}},
                            [this, who, group](const reply& answer) {
                              auto& read = people_[who].logs[group];
                              read.is_reading = false;
                              if (!answer.ok) return;
                              const auto before = read.have();
                              for (const auto& each : array_of(answer.d, "entries"))
                                take_entry(who, object_in(each), came_by::history);
                              if (read.have() != before) read_missing(who, group);
                            });
}

bool crowd::is_settled() const {
  if (waiting_ != 0) return false;
  for (std::uint32_t group = 0; group < plan_.groups.size(); ++group)
    for (const auto who : plan_.groups[group].members) {
      const auto log = people_[who].logs.find(group);
      if (log == people_[who].logs.end() || log->second.have() < heads_[group]) return false;
    }
  return true;
}

void crowd::leave() {
  // What nobody answered is told as it is.
  for (const auto& one : people_)
    for (const auto& [message, what] : one.unanswered) into_.finished(message);
  for (auto& one : people_)
    if (one.session) one.session->stop();
  // Time for their farewells, so that no node waits for them.
  loop_.restart();
  loop_.run_for(200ms);
  for (auto& one : people_) one.session.reset();
}

std::size_t crowd::online() const {
  return static_cast<std::size_t>(std::ranges::count_if(people_, &person::is_online));
}

}  // namespace parley::experiment
