#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/history.hpp"
#include "tests/simulation/standing.hpp"

namespace parley::simulation {

/// A position in the history.
using moment = std::size_t;

/// A request with its answer, if there was one.
struct exchange {
  const happened::asked* request = nullptr;
  moment asked = 0;
  const outcome<client_reply>* answer = nullptr;
  moment answered = 0;

  [[nodiscard]] bool accepted() const { return answer != nullptr && answer->has_value(); }
  [[nodiscard]] bool refused() const { return answer != nullptr && answer->has_error(); }
  /// Nothing may have come of it: refused, and not because the outcome is unknown.
  [[nodiscard]] bool refused_for_sure() const {
    return refused() && answer->error().code != errc::unavailable;
  }
  template <class Op>
  [[nodiscard]] const Op* as() const {
    return std::get_if<Op>(&request->op);
  }
  template <class Reply>
  [[nodiscard]] const Reply* reply_as() const {
    return accepted() ? std::get_if<Reply>(&answer->value()) : nullptr;
  }
  /// The draft that the request wants written to a conversation that exists; null for other ops.
  [[nodiscard]] const entry_draft* draft() const {
    const auto* op = as<request::write>();
    return op == nullptr ? nullptr : op->draft.get();
  }
  /// The conversation that the request names; none for the ops that name none.
  [[nodiscard]] conversation_id conversation() const;
};

struct connection_record {
  connection_number number = 0;
  user_id user;
  bool closed = false;
  std::vector<exchange> exchanges;                             // in the order asked
  std::vector<std::pair<moment, const client_event*>> events;  // in the order shown
};

struct committed_entry {
  const entry* what = nullptr;
  moment when = 0;
};

/// Who blocked whom when, as far as it can be seen from outside: between request and answer, and after a
/// request without an answer, nobody knows.
class block_history {
public:
  void add(user_id blocker, user_id blocked, bool blocks, const exchange& asked) {
    changes_[{blocker, blocked}].push_back({blocks, asked.asked, asked.accepted(), asked.answered});
  }
  /// Whether it may hold at some time within.
  [[nodiscard]] bool may_hold(user_id blocker, user_id blocked, moment from, moment to) const;
  /// Whether it holds all the time.
  [[nodiscard]] bool certainly_holds(user_id blocker, user_id blocked, moment from, moment to) const;

private:
  struct change {
    bool blocks = true;
    moment asked = 0;
    bool accepted = false;
    moment answered = 0;
  };
  std::map<std::pair<user_id, user_id>, std::vector<change>> changes_;
};

/// A history, arranged for asking. Mistakes that show already here (a hole in the log, a second answer)
/// are noted as broken promises.
struct history_index {
  explicit history_index(const history& past);

  std::map<connection_number, connection_record> connections;
  std::map<conversation_id, std::vector<committed_entry>> logs;
  std::map<conversation_id, std::vector<standing>> standings;  // [n]: after n entries
  std::vector<moment> member_changes;  // commits after which somebody is, or is no more, a member
  block_history blocks;
  std::vector<std::string> broken;

  /// How far the log reached at that moment.
  [[nodiscard]] sequence head_at(conversation_id id, moment when) const;
  /// The entry at this place, if it had been committed by then.
  [[nodiscard]] const entry* entry_at(conversation_id id, sequence seq, moment when) const;
  /// What the conversation was after this many entries; of none it has nobody.
  [[nodiscard]] const standing& standing_after(conversation_id id, sequence entries) const;
  [[nodiscard]] const standing& standing_at(conversation_id id, moment when) const;
  [[nodiscard]] bool is_member(conversation_id id, user_id user, moment when) const;
  /// Whether this holds of the conversation at some time within.
  template <class Predicate>
  [[nodiscard]] bool at_some_time(conversation_id id, moment from, moment to, Predicate holds) const {
    for (auto n = head_at(id, from); n <= head_at(id, to); ++n)
      if (holds(standing_after(id, n))) return true;
    return false;
  }
  [[nodiscard]] bool was_member(conversation_id id, user_id user, moment from, moment to) const {
    return at_some_time(id, from, to, [user](const standing& then) { return then.has(user); });
  }
  /// Whether an entry of the log reads like this at some time within.
  [[nodiscard]] bool reads_like(const entry& said, moment from, moment to) const;
  /// Whether the user may be shown the entry: a member, or one who left after it.
  [[nodiscard]] bool may_see(conversation_id id, user_id user, sequence seq, moment when) const;
  /// Whether this is how the log makes the conversation at the head that it tells.
  [[nodiscard]] bool describes(const conversation_view& view) const;
  [[nodiscard]] bool share_a_conversation(user_id one, user_id other, moment when) const;
  [[nodiscard]] bool shared_all_the_time(user_id one, user_id other, moment from, moment to) const;
  [[nodiscard]] bool shared_at_some_time(user_id one, user_id other, moment from, moment to) const;
  /// Whether a request was for this entry.
  [[nodiscard]] static bool asks_for(const exchange& asked, user_id user, const entry& what);
  void blame(moment when, const std::string& what);
  [[nodiscard]] moment last_moment() const { return past_->records.size(); }
  [[nodiscard]] const std::vector<record>& records() const { return past_->records; }
  [[nodiscard]] const limits& rules() const { return past_->rules; }
  [[nodiscard]] const std::vector<user_id>& people() const { return past_->people; }

private:
  void add(moment when, const happened::opened& what);
  void add(moment when, const happened::closed& what);
  void add(moment when, const happened::asked& what);
  void add(moment when, const happened::answered& what);
  void add(moment when, const happened::shown& what);
  void add(moment when, const happened::committed& what);
  void add(moment /*when*/, const happened::locked& /*what*/) {}
  void add(moment /*when*/, const happened::fault& /*what*/) {}

  const history* past_;
};

// The rules, by what they are about; each adds to `index.broken`.
void check_log(history_index& index);
void check_locks(history_index& index);
void check_answers(history_index& index);
void check_refusals(history_index& index);
void check_reads(history_index& index);
void check_order(history_index& index);
void check_feeds(history_index& index, bool settled);
void check_rules(history_index& index);
void check_people(history_index& index, bool settled);

}  // namespace parley::simulation
