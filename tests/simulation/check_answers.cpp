#include <algorithm>
#include <set>

#include "tests/simulation/history_index.hpp"

// Of answers to requests that write: what was acknowledged is there. check_refusals.cpp and
// check_reads.cpp have the others.
namespace parley::simulation {

namespace {

class answer_rules {
public:
  answer_rules(history_index& index, const connection_record& connection, const exchange& asked,
               std::set<std::pair<conversation_id, sequence>>& written_first)
      : index_(index), user_(connection.user), asked_(asked), written_first_(written_first) {}

  void check() {
    if (asked_.as<request::write>() != nullptr) check_written();
    if (const auto* op = asked_.as<request::create_group>()) check_group(*op);
    if (const auto* op = asked_.as<request::open_direct>()) check_direct(*op);
    if (const auto* op = asked_.as<request::mark_read>()) check_marked(*op);
    if (asked_.as<request::typing>() != nullptr &&
        !index_.was_member(asked_.conversation(), user_, asked_.asked, asked_.answered))
      blame("a stranger may say that they are typing");
  }

private:
  void blame(const std::string& what) { index_.blame(asked_.answered, what); }

  /// The entry acknowledged, if it had been committed by then.
  const entry* acknowledged(conversation_id id, sequence seq, bool duplicate) {
    const auto* found = index_.entry_at(id, seq, asked_.answered);
    if (found == nullptr) {
      blame("acknowledged before it was committed");
    } else if (!duplicate && !written_first_.emplace(id, seq).second) {
      blame("acknowledged twice as written now");
    }
    return found;
  }

  void check_written() {
    const auto* said = asked_.reply_as<written>();
    if (said == nullptr) return blame("an answer of the wrong kind");
    const auto* e = acknowledged(asked_.conversation(), said->seq, said->duplicate);
    if (e != nullptr && (!history_index::asks_for(asked_, user_, *e) || e->at != said->at))
      blame("acknowledged with another content than the log's");
  }

  void check_group(const request::create_group& op) {
    const auto* said = asked_.reply_as<reply::opened>();
    if (said == nullptr || !said->duplicate) return blame("an answer of the wrong kind");
    const auto* e = acknowledged(said->conversation, 1, *said->duplicate);
    if (e != nullptr &&
        (e->sender != user_ || e->content.key != op.draft->key || e->content.name != op.draft->name))
      blame("another group than the one asked for");
  }

  void check_direct(const request::open_direct& op) {
    const auto* said = asked_.reply_as<reply::opened>();
    if (said == nullptr) return blame("an answer of the wrong kind");
    const auto* e = acknowledged(said->conversation, 1, true);
    const std::vector<user_id> pair{std::min(user_, op.user), std::max(user_, op.user)};
    if (e != nullptr && (!e->content.creates_direct() || e->content.members != pair))
      blame("another direct conversation than the one asked for");
  }

  void check_marked(const request::mark_read& op) {
    const auto* said = asked_.reply_as<reply::marked_read>();
    if (said == nullptr) return blame("an answer of the wrong kind");
    const auto id = op.conversation;
    if (!index_.was_member(id, user_, asked_.asked, asked_.answered)) return blame("a stranger reads on");
    // Who leaves meanwhile keeps what they have.
    const auto is_no_member = [this](const standing& then) { return !then.has(user_); };
    const bool left = index_.at_some_time(id, asked_.asked, asked_.answered, is_no_member);
    if (!left && said->seq < std::min(op.seq, index_.head_at(id, asked_.asked)))
      blame("less was read than was said to be");
    if (said->seq > index_.head_at(id, asked_.answered)) blame("more was read than there is");
  }

  history_index& index_;
  user_id user_;
  const exchange& asked_;
  std::set<std::pair<conversation_id, sequence>>& written_first_;
};

}  // namespace

void check_answers(history_index& index) {
  std::set<std::pair<conversation_id, sequence>> written_first;
  for (const auto& [number, connection] : index.connections)
    for (const auto& asked : connection.exchanges)
      if (asked.accepted()) answer_rules(index, connection, asked, written_first).check();
}

}  // namespace parley::simulation
