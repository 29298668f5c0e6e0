#include <algorithm>
#include <map>
#include <optional>

#include "tests/simulation/history_index.hpp"

// What a connection is shown by itself.
namespace parley::simulation {

namespace {

class feed_rules {
public:
  feed_rules(history_index& index, const connection_record& connection)
      : index_(index), connection_(connection) {
    for (const auto& asked : connection.exchanges) {
      const auto* said = asked.reply_as<reply::synced>();
      if (said == nullptr) continue;
      for (const auto& view : said->conversations) listed(asked.answered, view.id);
      if (first_sync_ == nullptr || asked.answered < first_sync_->answered) first_sync_ = &asked;
    }
    if (first_sync_ == nullptr) return;
    for (const auto& view : first_sync_->reply_as<reply::synced>()->conversations)
      fixed_[view.id] = view.head;
  }

  void check_events() {
    for (const auto& [when, shown] : connection_.events) {
      if (const auto* changed = std::get_if<event::conversation_changed>(shown)) {
        listed(when, changed->view.id);
        check_description(when, changed->view);
      }
      if (const auto* e = std::get_if<entry>(shown)) check_entry(when, *e);
    }
  }

  void check_end() {
    if (connection_.closed) return;
    for (const auto& asked : connection_.exchanges)
      if (asked.answer == nullptr) index_.blame(asked.asked, "never answered");
    if (first_sync_ == nullptr) return;
    for (const auto& [id, log] : index_.logs) {
      const auto owed = owed_of(id);
      const auto last = last_.find(id);
      const auto reached = last != last_.end() ? last->second : beginning_of(id);
      if (!reached || *reached >= owed) continue;
      const auto missing =
          std::ranges::find_if(log, [reached](const auto& e) { return e.what->seq > *reached; });
      index_.blame(missing->when, "never shown to connection " + std::to_string(connection_.number));
    }
  }

private:
  void listed(moment when, conversation_id id) { listed_[id].push_back(when); }
  [[nodiscard]] bool was_listed(conversation_id id, moment from, moment to) const {
    const auto known = listed_.find(id);
    return known != listed_.end() &&
           std::ranges::any_of(known->second, [from, to](moment when) { return from <= when && when <= to; });
  }

  void check_description(moment when, const conversation_view& view) {
    if (view.head > index_.head_at(view.id, when) ||
        !index_.standing_after(view.id, view.head).has(connection_.user))
      return index_.blame(when, "a conversation is shown to somebody who is no member");
    if (!index_.describes(view))
      index_.blame(when, "a conversation is described otherwise than the log makes it");
  }

  void check_entry(moment when, const entry& e) {
    const auto* stored = index_.entry_at(e.conversation, e.seq, when);
    if (stored == nullptr) return index_.blame(when, "shown before it was committed");
    const auto committed = index_.logs.at(e.conversation)[static_cast<std::size_t>(e.seq - 1)].when;
    if (!index_.reads_like(e, committed, when))
      index_.blame(when, "shown with another content than the log's");
    if (!index_.may_see(e.conversation, connection_.user, e.seq, when))
      index_.blame(when, "shown to somebody who is no member");
    if (first_sync_ == nullptr || when < first_sync_->answered)
      return index_.blame(when, "shown before the first sync");
    if (!was_listed(e.conversation, 0, when)) index_.blame(when, "shown before its conversation was");
    check_place(when, e);
  }

  void check_place(moment when, const entry& e) {
    const auto last = last_.find(e.conversation);
    if (last != last_.end()) {
      // Who is added again is shown the log from the join, or from where they left it.
      const bool again = is_own_join(*index_.entry_at(e.conversation, e.seq, when)) && e.seq > last->second;
      if (e.seq > last->second + 1 && !again) index_.blame(when, "a hole before this entry");
      if (e.seq <= last->second) index_.blame(when, "shown again");
    } else {
      check_first_place(when, e);
    }
    auto& shown = last_[e.conversation];
    shown = std::max(shown, e.seq);
  }

  /// Where the pushes of a conversation begin. The first page says it exactly for what it lists; for what
  /// other pages list it was some head while that page was made; else it is the own join.
  void check_first_place(moment when, const entry& e) {
    if (is_own_join(*index_.entry_at(e.conversation, e.seq, when)) && !fixed_.contains(e.conversation))
      return;
    auto least = index_.head_at(e.conversation, first_sync_->asked);
    auto most = index_.head_at(e.conversation, first_sync_->answered);
    if (const auto fixed = fixed_.find(e.conversation); fixed != fixed_.end()) least = most = fixed->second;
    if (e.seq - 1 > most) index_.blame(when, "a hole before this entry");
    if (e.seq - 1 < least) index_.blame(when, "shown again, or from below the head of the first sync");
  }

  /// Whether by this entry the connection's user becomes a member.
  [[nodiscard]] bool is_own_join(const entry& e) const {
    const auto& what = e.content;
    if (what.kind == entry_kind::create)
      return std::ranges::find(what.members, connection_.user) != what.members.end();
    return what.kind == entry_kind::join && what.user == connection_.user;
  }

  [[nodiscard]] bool is_own_leave(const entry& e) const {
    return e.content.kind == entry_kind::leave && e.content.user == connection_.user;
  }

  /// Up to where the connection must have been shown the conversation at the end; 0: nothing is owed.
  [[nodiscard]] sequence owed_of(conversation_id id) const {
    const auto& log = index_.logs.at(id);
    const auto head = static_cast<sequence>(log.size());
    const auto& now = index_.standing_after(id, head);
    if (now.has(connection_.user)) return log.back().what->seq;
    const auto left = now.left.find(connection_.user);
    if (left == now.left.end()) return 0;
    // Who left, came back and left again while the connection was behind may miss the second time.
    if (const auto last = last_.find(id);
        last != last_.end() && is_own_leave(*log[static_cast<std::size_t>(last->second - 1)].what))
      return 0;
    // What was not described before it was left cannot be described any more, and nothing of it is shown.
    // Found by its number: a log that is checked may have holes.
    const auto leave =
        std::ranges::find_if(log, [&](const auto& each) { return each.what->seq == left->second; });
    if (leave == log.end()) return 0;
    const auto when = leave->when;
    const bool knew = was_listed(id, last_join_before(id, left->second), when);
    return knew && when > first_sync_->answered ? left->second : 0;
  }

  /// When the membership began that ended at `seq`.
  [[nodiscard]] moment last_join_before(conversation_id id, sequence seq) const {
    moment joined = 0;
    for (const auto& e : index_.logs.at(id))
      if (e.what->seq < seq && is_own_join(*e.what)) joined = e.when;
    return joined;
  }

  /// How far a conversation of which nothing was pushed counts as shown; nothing when that is not known.
  [[nodiscard]] std::optional<sequence> beginning_of(conversation_id id) const {
    if (const auto fixed = fixed_.find(id); fixed != fixed_.end()) return fixed->second;
    if (index_.is_member(id, connection_.user, first_sync_->answered))
      return index_.head_at(id, first_sync_->answered);
    const auto& log = index_.logs.at(id);
    const auto joined = std::ranges::find_if(log, [this](const committed_entry& e) {
      return e.when > first_sync_->answered && is_own_join(*e.what);
    });
    if (joined == log.end()) return std::nullopt;
    return joined->what->seq - 1;
  }

  history_index& index_;
  const connection_record& connection_;
  const exchange* first_sync_ = nullptr;
  std::map<conversation_id, sequence> fixed_;              // heads of the first page
  std::map<conversation_id, std::vector<moment>> listed_;  // when a conversation was described
  std::map<conversation_id, sequence> last_;               // shown last
};

}  // namespace

void check_feeds(history_index& index, bool settled) {
  for (const auto& [number, connection] : index.connections) {
    feed_rules rules(index, connection);
    rules.check_events();
    if (settled) rules.check_end();
  }
}

}  // namespace parley::simulation
