#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/history.hpp"

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

/// A history, arranged for asking. Mistakes that show already here (a hole in the log, a second answer)
/// are noted as broken promises.
struct history_index {
  explicit history_index(const history& past);

  std::map<connection_number, connection_record> connections;
  std::map<conversation_id, std::vector<committed_entry>> logs;
  std::vector<std::string> broken;

  /// How far the log reached at that moment.
  [[nodiscard]] sequence head_at(conversation_id id, moment when) const;
  /// The entry at this place, if it had been committed by then.
  [[nodiscard]] const entry* entry_at(conversation_id id, sequence seq, moment when) const;
  [[nodiscard]] bool is_member(conversation_id id, user_id user, moment when) const;
  void blame(moment when, const std::string& what);

private:
  void add(moment when, const happened::opened& what);
  void add(moment when, const happened::closed& what);
  void add(moment when, const happened::asked& what);
  void add(moment when, const happened::answered& what);
  void add(moment when, const happened::shown& what);
  void add(moment when, const happened::committed& what);
  void add(moment /*when*/, const happened::fault& /*what*/) {}

  const history* past_;
};

// The rules, by what they are about; each adds to `index.broken`.
void check_log(history_index& index);
void check_answers(history_index& index);
void check_order(history_index& index);
void check_feeds(history_index& index, bool settled);

}  // namespace parley::simulation
