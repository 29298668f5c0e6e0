#include <algorithm>
#include <map>
#include <optional>
#include <set>

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
      for (const auto& view : said->conversations) listed_.emplace_back(asked.answered, view.id);
      if (first_sync_ == nullptr || asked.answered < first_sync_->answered) first_sync_ = &asked;
    }
    if (first_sync_ == nullptr) return;
    for (const auto& view : first_sync_->reply_as<reply::synced>()->conversations)
      fixed_[view.id] = view.head;
  }

  void check_events() {
    for (const auto& [when, shown] : connection_.events) {
      if (const auto* changed = std::get_if<event::conversation_changed>(shown)) {
        listed_.emplace_back(when, changed->view.id);
        if (!index_.is_member(changed->view.id, connection_.user, when))
          index_.blame(when, "a conversation is shown to somebody who is no member");
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
      const auto head = log.back().what->seq;
      if (!index_.is_member(id, connection_.user, log.back().when)) continue;
      const auto last = last_.find(id);
      const auto reached = last != last_.end() ? last->second : base_of(id).second;
      if (reached >= head) continue;
      const auto missing =
          std::ranges::find_if(log, [reached](const auto& e) { return e.what->seq > reached; });
      index_.blame(missing->when, "never shown to connection " + std::to_string(connection_.number));
    }
  }

private:
  /// Between which heads the pushes of a conversation begin. The first page says it exactly for what it
  /// lists; for others it was some head while that page was made.
  [[nodiscard]] std::pair<sequence, sequence> base_of(conversation_id id) const {
    if (const auto fixed = fixed_.find(id); fixed != fixed_.end()) return {fixed->second, fixed->second};
    return {index_.head_at(id, first_sync_->asked), index_.head_at(id, first_sync_->answered)};
  }

  void check_entry(moment when, const entry& e) {
    const auto* stored = index_.entry_at(e.conversation, e.seq, when);
    if (stored == nullptr) return index_.blame(when, "shown before it was committed");
    if (!(*stored == e)) index_.blame(when, "shown with another content than the log's");
    if (!index_.is_member(e.conversation, connection_.user, when))
      index_.blame(when, "shown to somebody who is no member");
    if (first_sync_ == nullptr || when < first_sync_->answered)
      return index_.blame(when, "shown before the first sync");
    const auto known = [&](const auto& mention) {
      return mention.second == e.conversation && mention.first < when;
    };
    if (std::ranges::none_of(listed_, known)) index_.blame(when, "shown before its conversation was");
    check_place(when, e);
  }

  void check_place(moment when, const entry& e) {
    const auto last = last_.find(e.conversation);
    const auto [least, most] =
        last != last_.end() ? std::pair(last->second, last->second) : base_of(e.conversation);
    if (e.seq - 1 > most) index_.blame(when, "a hole before this entry");
    if (e.seq - 1 < least) index_.blame(when, "shown again, or from below the head of the first sync");
    last_[e.conversation] = std::max(e.seq, last == last_.end() ? 0 : last->second);
  }

  history_index& index_;
  const connection_record& connection_;
  const exchange* first_sync_ = nullptr;
  std::map<conversation_id, sequence> fixed_;               // heads of the first page
  std::vector<std::pair<moment, conversation_id>> listed_;  // when a conversation was described
  std::map<conversation_id, sequence> last_;                // shown last
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
