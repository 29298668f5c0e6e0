#include <algorithm>
#include <set>

#include "tests/simulation/history_index.hpp"

// Of answers: what was acknowledged is there, what was refused had a reason.
namespace parley::simulation {

namespace {

class answer_rules {
public:
  answer_rules(history_index& index, const connection_record& connection, const exchange& asked,
               std::set<std::pair<conversation_id, sequence>>& written_first)
      : index_(index), user_(connection.user), asked_(asked), written_first_(written_first) {}

  void check() {
    if (asked_.refused()) return check_refusal();
    if (const auto* op = asked_.as<request::write>()) check_written(*op);
    if (const auto* op = asked_.as<request::create_group>()) check_group(*op);
    if (const auto* op = asked_.as<request::open_direct>()) check_direct(*op);
    if (const auto* op = asked_.as<request::history>()) check_history(*op);
    if (const auto* op = asked_.as<request::sync>()) check_sync(*op);
    if (asked_.as<request::members>() != nullptr &&
        !index_.is_member(asked_.conversation(), user_, asked_.answered))
      blame("a stranger was told the members");
  }

private:
  void blame(const std::string& what) { index_.blame(asked_.answered, what); }

  void check_refusal() {
    const auto code = asked_.answer->error().code;
    if (is_temporary(code)) return;
    const auto id = asked_.conversation();
    if (id) {
      const bool member_before = index_.is_member(id, user_, asked_.asked);
      if (code == errc::not_found && !member_before) return;
      if (code == errc::not_found) return blame("a member is told that the conversation does not exist");
      if (!index_.is_member(id, user_, asked_.answered)) return blame("a stranger learns that it exists");
    }
    if (code == errc::conflict && contradicts()) return;
    if (const auto* op = asked_.as<request::open_direct>(); op != nullptr && op->user == user_) return;
    if (asked_.as<request::create_group>() != nullptr && code == errc::not_found) return;
    if (const auto* op = asked_.as<request::sync>(); op != nullptr && op->cursor) return;
    blame("a refusal without a reason");
  }

  /// Whether the key stands in the log already with another content.
  [[nodiscard]] bool contradicts() const {
    for (const auto& [id, log] : index_.logs) {
      for (const auto& written : log) {
        const auto& e = *written.what;
        if (written.when > asked_.answered || e.sender != user_) continue;
        if (const auto* op = asked_.as<request::write>();
            op != nullptr && op->conversation == id && op->draft->key == e.content.key)
          return op->draft->text != e.content.text;
        if (const auto* op = asked_.as<request::create_group>();
            op != nullptr && op->draft->key == e.content.key)
          return op->draft->name != e.content.name;
      }
    }
    return false;
  }

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

  void check_written(const request::write& op) {
    const auto* said = asked_.reply_as<written>();
    if (said == nullptr) return blame("an answer of the wrong kind");
    const auto* e = acknowledged(op.conversation, said->seq, said->duplicate);
    if (e == nullptr) return;
    if (e->sender != user_ || e->content.key != op.draft->key || e->content.text != op.draft->text ||
        e->at != said->at)
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

  /// Entries of an answer are those of the log, dense and ascending.
  bool are_of_the_log(conversation_id id, const std::vector<entry>& entries) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto* found = index_.entry_at(id, entries[i].seq, asked_.answered);
      if (found == nullptr || !(*found == entries[i]) || (i > 0 && entries[i].seq != entries[i - 1].seq + 1))
        return false;
    }
    return true;
  }

  void check_history(const request::history& op) {
    const auto* page = asked_.reply_as<entries_page>();
    if (page == nullptr) return blame("an answer of the wrong kind");
    if (!index_.is_member(op.conversation, user_, asked_.answered)) return blame("a stranger reads the log");
    if (!are_of_the_log(op.conversation, page->entries)) return blame("history differs from the log");
    const bool newest = !op.before && !op.after;
    const auto reached = page->entries.empty() ? 0 : page->entries.back().seq;
    if (newest && reached < index_.head_at(op.conversation, asked_.asked))
      blame("history misses what was committed before it was asked for");
  }

  void check_sync(const request::sync& op) {
    const auto* said = asked_.reply_as<reply::synced>();
    if (said == nullptr) return blame("an answer of the wrong kind");
    for (const auto& view : said->conversations) {
      if (!index_.is_member(view.id, user_, asked_.answered)) blame("sync shows what is none of theirs");
      if (view.head > index_.head_at(view.id, asked_.answered)) blame("sync tells a head above the log's");
      if (view.head < index_.head_at(view.id, asked_.asked)) blame("sync misses what was committed before");
      if (!are_of_the_log(view.id, view.entries)) blame("sync differs from the log");
      if (!op.cursor) check_tail(op, view);
    }
    if (!op.cursor && !said->cursor) check_complete(*said);
  }

  void check_tail(const request::sync& op, const conversation_view& view) {
    sequence have = 0;
    for (const auto& [id, seq] : op.have)
      if (id == view.id) have = seq;
    const auto missing = static_cast<std::size_t>(std::max<sequence>(0, view.head - have));
    if (view.entries.size() != std::min(missing, op.tail) || view.gap != (missing > op.tail))
      blame("sync shows other entries than the newest above `have`");
    if (!view.entries.empty() && view.entries.back().seq != view.head) blame("sync does not show the newest");
  }

  void check_complete(const reply::synced& said) {
    for (const auto& [id, log] : index_.logs)
      if (index_.is_member(id, user_, asked_.asked) &&
          std::ranges::none_of(said.conversations,
                               [&, wanted = id](const auto& view) { return view.id == wanted; }))
        blame("sync misses a conversation");
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
      if (asked.answer != nullptr) answer_rules(index, connection, asked, written_first).check();
}

}  // namespace parley::simulation
