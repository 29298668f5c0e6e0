#include "tools/parley/chat/chat_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace parley::chat {

using client::array_of;
using client::flag_of;
using client::number_of;
using client::object_in;
using client::reply;
using client::text_of;
namespace json = client::json;

namespace {

constexpr view::view_capacity looked_at_capacity{1'000, 4UL << 20U};
/// Of the others only the end is kept: enough to show something at once when one is opened.
constexpr view::view_capacity other_capacity{50, 256UL << 10U};
constexpr int tail = 20;
constexpr int page = 100;

std::vector<view::log_entry> entries_in(const json::object& d) {
  std::vector<view::log_entry> entries;
  for (const auto& each : array_of(d, "entries")) entries.push_back(view::entry_in(object_in(each)));
  return entries;
}

}  // namespace

std::string room::title(const std::string& own_id) const {
  if (info.is_group) return info.name;
  for (const auto& [id, name] : info.members)
    if (id != own_id) return name;
  return "conversation " + info.id;
}

chat_client::chat_client(boost::asio::io_context& loop, commands::signer& people, client::signed_in_user who,
                         handlers called)
    : people_(people),
      who_(std::move(who)),
      handlers_(std::move(called)),
      session_(loop, people.node(), who_.token,
               {[this] { synchronise(); },
                [this](std::string_view name, const json::object& d) { take_event(name, d); },
                [this](const std::string& why, std::chrono::milliseconds next_try) {
                  const auto seconds = std::ceil(std::chrono::duration<double>(next_try).count());
                  handlers_.offline(seconds < 0.1
                                        ? fmt::format("offline: {}; trying again", why)
                                        : fmt::format("offline: {}; next try in {:.0f} s", why, seconds));
                },
                [this](const client::problem& why) { handlers_.gave_up(why); }, [this] { return renew(); }}) {
}

room* chat_client::find(const std::string& id) {
  const auto found = rooms_.find(id);
  return found == rooms_.end() ? nullptr : &found->second;
}

client::outcome<std::string> chat_client::renew() {
  auto again = people_.sign_in_again();
  if (again.has_error()) return again.error();
  who_ = std::move(*again);
  return who_.token;
}

void chat_client::synchronise() {
  json::object have;
  for (auto& [id, each] : rooms_) {
    // What was on its way ended with the connection; reading is repeated by the session itself.
    if (each.view.is_anchored()) have[id] = each.view.have();
  }
  json::object ask{{"have", std::move(have)}, {"tail", tail}};
  if (!epoch_.empty()) ask["epoch"] = epoch_;
  session_.request_once("sync", std::move(ask), [this](const reply& answer) { take_page(answer); });
}

void chat_client::take_page(const reply& answer) {
  if (!answer.ok) {
    // Without a sync nothing is pushed: begin anew on another connection.
    session_.start_over(answer.message);
    return;
  }
  epoch_ = text_of(answer.d, "epoch").empty() ? epoch_ : text_of(answer.d, "epoch");
  for (const auto& each : array_of(answer.d, "conversations"))
    take_listed(object_in(each), flag_of(object_in(each), "reset"));
  const auto cursor = text_of(answer.d, "cursor");
  if (cursor.empty()) return handlers_.listed();
  session_.request_once("sync", {{"cursor", cursor}}, [this](const reply& next) { take_page(next); });
}

room& chat_client::room_for(commands::listed_conversation info) {
  const auto [place, is_new] = rooms_.try_emplace(info.id);
  auto& made = place->second;
  if (is_new) made.view.resize(other_capacity);
  if (std::find(order_.begin(), order_.end(), info.id) == order_.end()) order_.push_back(info.id);
  // A name that was known stays known: who left is no member any more, but their words are there.
  for (const auto& [id, name] : made.info.members) info.members.try_emplace(id, name);
  made.info = std::move(info);
  return made;
}

void chat_client::take_listed(const json::object& listed, bool is_restored) {
  auto& into = room_for(commands::conversation_in(listed));
  const auto entries = entries_in(listed);
  if (is_restored && into.view.is_anchored()) {
    into.view = view::conversation_view{};
    into.view.resize(into.info.id == looked_at_ ? looked_at_capacity : other_capacity);
    handlers_.reset(into);
  }
  const auto is_gap = flag_of(listed, "gap");
  if (!into.view.is_anchored() || (is_gap && into.info.id != looked_at_ && into.unsent.empty())) {
    into.view.anchor(entries);
  } else {
    for (const auto& each : entries) into.view.take(each);
  }
  into.view.expect(into.info.head);
  read_missing(into);
  handlers_.changed(into);
}

void chat_client::move_up(const std::string& id) {
  std::erase(order_, id);
  order_.insert(order_.begin(), id);
}

void chat_client::take_event(std::string_view name, const json::object& d) {
  if (name == "entry") return take_entry(d);
  if (name == "conversation") return take_conversation(d);
  // The rest is for other kinds of clients, or is told again by the log.
}

void chat_client::take_conversation(const json::object& d) {
  auto& into = room_for(commands::conversation_in(d));
  move_up(into.info.id);
  if (!into.view.is_anchored()) begin(into);
  handlers_.changed(into);
}

/// Learns where the log of a conversation stands that no `sync` has listed.
void chat_client::begin(room& of) {
  if (of.is_reading) return;
  of.is_reading = true;
  session_.request("history", {{"conversation", of.info.id}, {"limit", tail}},
                   [this, id = of.info.id](const reply& answer) {
                     auto* into = find(id);
                     if (into == nullptr) return;
                     into->is_reading = false;
                     if (answer.ok && !into->view.is_anchored()) into->view.anchor(entries_in(answer.d));
                     read_missing(*into);
                     handlers_.changed(*into);
                   });
}

void chat_client::take_entry(const json::object& d) {
  auto entry = view::entry_in(d);
  auto* into = find(entry.conversation);
  if (into == nullptr) return;  // it will be announced, and read
  if (entry.kind == "rename") into->info.name = entry.name;
  move_up(into->info.id);
  // The own leave is the last that is heard of it, until somebody asks back.
  if (entry.kind == "leave" && (entry.user == who_.id || (entry.user.empty() && entry.sender == who_.id)))
    std::erase(order_, into->info.id);
  into->view.take(std::move(entry));
  if (!into->view.is_anchored()) begin(*into);
  read_missing(*into);
  handlers_.changed(*into);
}

void chat_client::read_missing(room& of) {
  const auto after = of.view.missing_after();
  if (!after || of.is_reading) return;
  of.is_reading = true;
  session_.request("history", {{"conversation", of.info.id}, {"after", *after}, {"limit", page}},
                   [this, id = of.info.id](const reply& answer) { take_missing(id, answer); });
}

void chat_client::take_missing(const std::string& id, const reply& answer) {
  auto* into = find(id);
  if (into == nullptr) return;
  into->is_reading = false;
  // Whoever was removed reads no further than that.
  if (!answer.ok) return into->view.expect_no_more();
  const auto before = into->view.have();
  for (const auto& each : entries_in(answer.d)) into->view.take(each);
  if (into->view.have() == before && !flag_of(answer.d, "more")) into->view.expect_no_more();
  read_missing(*into);
  handlers_.changed(*into);
}

void chat_client::look_at(room& at, bool is_looked_at) {
  looked_at_ = is_looked_at ? at.info.id : "";
  at.view.resize(is_looked_at ? looked_at_capacity : other_capacity);
}

void chat_client::ask(std::string_view op, json::object d, const done& answer) {
  if (session_.request(op, std::move(d), answer)) return;
  reply refusal;
  refusal.message = "too much waits for the node already; try again when it is back";
  answer(refusal);
}

bool chat_client::send(room& to, std::string text) {
  if (unsent_ >= unsent_max) return false;
  to.unsent.push_back({commands::random_key(), std::move(text)});
  ++unsent_;
  if (to.unsent.size() == 1) send_next(to);
  return true;
}

void chat_client::send_next(room& to) {
  if (to.unsent.empty()) return;
  // One after the other: that is the order, whatever is refused for now or lost in between.
  const auto& first = to.unsent.front();
  session_.request("send", {{"conversation", to.info.id}, {"key", first.key}, {"text", first.text}},
                   [this, id = to.info.id](const reply& answer) {
                     auto* into = find(id);
                     if (into == nullptr || into->unsent.empty()) return;
                     const auto sent = std::move(into->unsent.front());
                     into->unsent.pop_front();
                     --unsent_;
                     if (answer.ok)
                       into->view.expect(number_of(answer.d, "seq"));
                     else
                       handlers_.refused(*into, sent, answer.message);
                     send_next(*into);
                     handlers_.unsent_changed();
                   });
}

bool chat_client::knows_names(room& of, const view::log_entry& entry) {
  const auto people = view::people_in(entry);
  const auto all = std::all_of(people.begin(), people.end(),
                               [&](const std::string& id) { return of.info.members.contains(id); });
  if (all || (of.names_asked_at >= entry.seq && !of.is_asking_names)) return true;
  if (of.is_asking_names) return false;
  of.is_asking_names = session_.request("members", {{"conversation", of.info.id}},
                                        [this, id = of.info.id, upto = of.view.have()](const reply& answer) {
                                          auto* into = find(id);
                                          if (into == nullptr) return;
                                          into->is_asking_names = false;
                                          into->names_asked_at = upto;
                                          for (const auto& each : array_of(answer.d, "members"))
                                            into->info.members[text_of(object_in(each), "user")] =
                                                text_of(object_in(each), "name");
                                          handlers_.changed(*into);
                                        });
  return !of.is_asking_names;
}

std::string chat_client::name_of(const room& of, const std::string& id) const {
  if (id == who_.id) return who_.name;
  const auto found = of.info.members.find(id);
  return found == of.info.members.end() ? "user " + id : found->second;
}

}  // namespace parley::chat
