#include <algorithm>

#include "tests/simulation/history_index.hpp"

// Whatever is read is the log's, as it was at some time while it was asked for, and only a member's.
namespace parley::simulation {

namespace {

class read_rules {
public:
  read_rules(history_index& index, user_id user, const exchange& asked)
      : index_(index), user_(user), asked_(asked) {}

  void check() {
    if (const auto* op = asked_.as<request::history>()) check_history(*op);
    if (const auto* op = asked_.as<request::sync>()) check_sync(*op);
    if (const auto* op = asked_.as<request::search>()) check_search(*op);
    if (asked_.as<request::members>() != nullptr) check_members();
    if (asked_.as<request::blocked>() != nullptr) check_blocked();
  }

private:
  void blame(const std::string& what) { index_.blame(asked_.answered, what); }
  [[nodiscard]] bool was_member(conversation_id id) const {
    return index_.was_member(id, user_, asked_.asked, asked_.answered);
  }

  /// Entries of an answer are those of the log, dense and ascending, with the texts of then.
  [[nodiscard]] bool are_of_the_log(const std::vector<entry>& entries) const {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (!index_.reads_like(entries[i], asked_.asked, asked_.answered)) return false;
      if (i > 0 && entries[i].seq != entries[i - 1].seq + 1) return false;
    }
    return true;
  }

  void check_history(const request::history& op) {
    const auto* page = asked_.reply_as<entries_page>();
    if (page == nullptr) return blame("an answer of the wrong kind");
    if (!was_member(op.conversation)) return blame("a stranger reads the log");
    const auto elsewhere = [&](const entry& e) { return e.conversation != op.conversation; };
    if (std::ranges::any_of(page->entries, elsewhere) || !are_of_the_log(page->entries))
      return blame("history differs from the log");
    const bool newest = !op.before && !op.after;
    const auto reached = page->entries.empty() ? 0 : page->entries.back().seq;
    if (newest && reached < index_.head_at(op.conversation, asked_.asked))
      blame("history misses what was committed before it was asked for");
  }

  void check_sync(const request::sync& op) {
    const auto* said = asked_.reply_as<reply::synced>();
    if (said == nullptr) return blame("an answer of the wrong kind");
    for (const auto& view : said->conversations) {
      if (view.head > index_.head_at(view.id, asked_.answered)) blame("sync tells a head above the log's");
      if (view.head < index_.head_at(view.id, asked_.asked)) blame("sync misses what was committed before");
      if (!index_.standing_after(view.id, view.head).has(user_)) blame("sync shows what is none of theirs");
      if (!index_.describes(view)) blame("sync describes another conversation than the log makes");
      if (!are_of_the_log(view.entries)) blame("sync differs from the log");
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
    for (const auto& [id, log] : index_.logs) {
      const auto is_no_member = [this](const standing& then) { return !then.has(user_); };
      if (index_.at_some_time(id, asked_.asked, asked_.answered, is_no_member)) continue;
      if (std::ranges::none_of(said.conversations,
                               [wanted = id](const auto& view) { return view.id == wanted; }))
        blame("sync misses a conversation");
    }
  }

  void check_search(const request::search& op) {
    const auto* found = asked_.reply_as<reply::entries_found>();
    if (found == nullptr) return blame("an answer of the wrong kind");
    for (const auto& e : found->entries) {
      if (!was_member(e.conversation)) blame("a stranger finds a message");
      if (!index_.reads_like(e, asked_.asked, asked_.answered) || e.deleted ||
          e.content.text.find(op.text) == std::string::npos)
        blame("search finds what is not there");
    }
  }

  void check_members() {
    const auto* page = asked_.reply_as<reply::members>();
    if (page == nullptr) return blame("an answer of the wrong kind");
    if (!was_member(asked_.conversation())) return blame("a stranger was told the members");
    const auto are_right = [page](const standing& then) {
      return std::ranges::all_of(page->members, [&then](const member_info& said) {
        const auto member = then.members.find(said.user);
        return member != then.members.end() && member->second.role == said.role;
      });
    };
    if (!index_.at_some_time(asked_.conversation(), asked_.asked, asked_.answered, are_right))
      blame("other members were told than there were");
  }

  void check_blocked() {
    const auto* list = asked_.reply_as<reply::blocked_users>();
    if (list == nullptr) return blame("an answer of the wrong kind");
    for (const auto other : index_.people()) {
      const bool told = std::ranges::find(list->users, other) != list->users.end();
      if (told && !index_.blocks.may_hold(user_, other, asked_.asked, asked_.answered))
        blame("nobody blocked whom the list tells");
      if (!told && index_.blocks.certainly_holds(user_, other, asked_.asked, asked_.answered))
        blame("a blocked user is missing in the list");
    }
  }

  history_index& index_;
  user_id user_;
  const exchange& asked_;
};

}  // namespace

void check_reads(history_index& index) {
  for (const auto& [number, connection] : index.connections)
    for (const auto& asked : connection.exchanges)
      if (asked.accepted()) read_rules(index, connection.user, asked).check();
}

}  // namespace parley::simulation
