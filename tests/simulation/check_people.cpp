#include <algorithm>
#include <map>
#include <set>

#include "tests/simulation/history_index.hpp"

// What is told without being an entry: read marks, typing, signals, presence.
namespace parley::simulation {

namespace {

using reader = std::pair<conversation_id, user_id>;

/// Answers to `read` never go back: neither on one connection nor from one to another.
void check_read_answers(history_index& index) {
  std::map<reader, std::vector<const exchange*>> marks;
  for (const auto& [number, connection] : index.connections)
    for (const auto& asked : connection.exchanges)
      if (asked.reply_as<reply::marked_read>() != nullptr && asked.as<request::mark_read>() != nullptr)
        marks[{asked.conversation(), connection.user}].push_back(&asked);
  for (const auto& [who, all] : marks)
    for (const auto* earlier : all)
      for (const auto* later : all)
        if (later->asked > earlier->answered &&
            later->reply_as<reply::marked_read>()->seq < earlier->reply_as<reply::marked_read>()->seq)
          index.blame(later->answered, "what was read moved back");
}

class people_rules {
public:
  people_rules(history_index& index, const connection_record& connection)
      : index_(index), connection_(connection) {}

  void check_events() {
    for (const auto& [when, shown] : connection_.events) {
      if (const auto* read = std::get_if<event::receipts>(shown)) check_receipts(when, *read);
      if (const auto* typing = std::get_if<event::typing>(shown)) check_typing(when, *typing);
      if (const auto* signal = std::get_if<event::signal>(shown)) check_signal(when, *signal);
      if (const auto* presence = std::get_if<event::presence>(shown)) check_presence(when, presence->state);
    }
    for (const auto& asked : connection_.exchanges)
      if (asked.accepted()) check_answer(asked);
  }

  /// Whoever was told of somebody's presence, and still watches, knows the truth.
  void check_end() {
    if (connection_.closed) return;
    std::map<user_id, std::pair<moment, bool>> told;
    std::map<user_id, moment> unwatched;
    for (const auto& asked : connection_.exchanges) {
      if (const auto* op = asked.as<request::unwatch_presence>())
        for (const auto user : op->users) unwatched[user] = std::max(unwatched[user], asked.asked);
      const auto* states = asked.reply_as<reply::presence_states>();
      if (states == nullptr) continue;
      for (const auto& state : states->states) learn(told, state, asked.answered);
    }
    for (const auto& [when, shown] : connection_.events)
      if (const auto* presence = std::get_if<event::presence>(shown)) learn(told, presence->state, when);
    for (const auto& [user, what] : told) {
      const auto stopped = unwatched.find(user);
      // A watch under way while another was given up may be either.
      if (stopped != unwatched.end() && watched_before(user, stopped->second)) continue;
      const auto end = index_.last_moment();
      const auto viewer = connection_.user;
      const bool blocked = index_.blocks.certainly_holds(user, viewer, end, end);
      // A block of which nobody knows whether it holds.
      if (!blocked && index_.blocks.may_hold(user, viewer, end, end)) continue;
      const bool online = is_there(user) && !blocked && index_.share_a_conversation(viewer, user, end);
      if (what.second != online)
        index_.blame(what.first, "presence did not settle to the truth, of " + to_text(user));
    }
  }

private:
  static void learn(std::map<user_id, std::pair<moment, bool>>& told, const presence_state& state,
                    moment when) {
    auto& known = told[state.user];
    if (when >= known.first) known = {when, state.online};
  }

  /// Whether the last request to watch this user came before the moment.
  [[nodiscard]] bool watched_before(user_id user, moment when) const {
    moment last = 0;
    for (const auto& asked : connection_.exchanges)
      if (const auto* op = asked.as<request::watch_presence>();
          op != nullptr && asked.accepted() && std::ranges::find(op->users, user) != op->users.end())
        last = asked.asked;
    return last < when;
  }

  [[nodiscard]] bool is_there(user_id user) const {
    return std::ranges::any_of(index_.connections, [user](const auto& each) {
      return each.second.user == user && !each.second.closed;
    });
  }

  void check_receipts(moment when, const event::receipts& told) {
    for (const auto& [user, seq] : told.read) {
      auto& before = receipts_[{told.conversation, user}];
      if (seq < before) index_.blame(when, "a receipt goes back");
      before = std::max(before, seq);
      if (seq > index_.head_at(told.conversation, when))
        index_.blame(when, "a receipt of what does not exist");
    }
    if (!index_.was_member(told.conversation, connection_.user, 0, when))
      index_.blame(when, "a stranger is shown receipts");
  }

  void check_typing(moment when, const event::typing& told) {
    if (told.user == connection_.user) index_.blame(when, "somebody is told that they are typing");
    if (!index_.was_member(told.conversation, connection_.user, 0, when))
      index_.blame(when, "a stranger is told who is typing");
    const auto asked_for_it = [&](const exchange& asked) {
      return asked.as<request::typing>() != nullptr && asked.conversation() == told.conversation &&
             asked.asked < when;
    };
    for (const auto& [number, other] : index_.connections)
      if (other.user == told.user && std::ranges::any_of(other.exchanges, asked_for_it)) return;
    index_.blame(when, "typing that nobody did");
  }

  void check_signal(moment when, const event::signal& told) {
    const auto is_it = [&](const exchange& asked) {
      const auto* op = asked.as<request::signal>();
      return op != nullptr && op->user == connection_.user && op->payload == told.payload &&
             asked.asked < when;
    };
    for (const auto& [number, sender] : index_.connections) {
      if (sender.user != told.from) continue;
      const auto asked = std::ranges::find_if(sender.exchanges, is_it);
      if (asked == sender.exchanges.end()) continue;
      if (!index_.shared_at_some_time(told.from, connection_.user, asked->asked, when))
        index_.blame(when, "a signal of a stranger");
      if (index_.blocks.certainly_holds(connection_.user, told.from, asked->asked, when))
        index_.blame(when, "a signal of somebody who is blocked");
      if (number == connection_.number) index_.blame(when, "a signal to the connection it comes from");
      if (!signals_.insert(told.payload).second) index_.blame(when, "a signal shown twice");
      return;
    }
    index_.blame(when, "a signal that nobody sent");
  }

  void check_presence(moment when, const presence_state& told) {
    if (told.online && !index_.shared_at_some_time(connection_.user, told.user, 0, when))
      index_.blame(when, "a stranger is shown as online");
    if (told.online && told.last_seen) index_.blame(when, "last seen of somebody who is online");
    const auto watches = [&](const exchange& asked) {
      const auto* op = asked.as<request::watch_presence>();
      return op != nullptr && asked.asked < when &&
             std::ranges::find(op->users, told.user) != op->users.end();
    };
    if (std::ranges::none_of(connection_.exchanges, watches))
      index_.blame(when, "presence of somebody who is not watched");
  }

  void check_answer(const exchange& asked) {
    const auto* op = asked.as<request::watch_presence>();
    if (op == nullptr) return;
    const auto* said = asked.reply_as<reply::presence_states>();
    if (said == nullptr) return index_.blame(asked.answered, "an answer of the wrong kind");
    if (said->states.size() != op->users.size())
      index_.blame(asked.answered, "the states of others than were asked for");
    for (const auto& state : said->states)
      if (state.online &&
          !index_.shared_at_some_time(connection_.user, state.user, asked.asked, asked.answered))
        index_.blame(asked.answered, "a stranger is shown as online");
  }

  history_index& index_;
  const connection_record& connection_;
  std::map<reader, sequence> receipts_;
  std::set<std::string> signals_;
};

}  // namespace

void check_people(history_index& index, bool settled) {
  check_read_answers(index);
  for (const auto& [number, connection] : index.connections) {
    people_rules rules(index, connection);
    rules.check_events();
    if (settled) rules.check_end();
  }
}

}  // namespace parley::simulation
