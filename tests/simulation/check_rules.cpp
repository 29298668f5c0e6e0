#include <algorithm>

#include "tests/simulation/history_index.hpp"

// Who may write what: roles, members, succession, blocks; held against the log as it grows.
namespace parley::simulation {

namespace {

class rules_of_the_log {
public:
  rules_of_the_log(history_index& index, conversation_id id, const std::vector<committed_entry>& log)
      : index_(index), id_(id), log_(log) {}

  void check() {
    for (std::size_t i = 1; i < log_.size(); ++i) {
      const auto& written = log_[i];
      const bool follows_a_successor = is_successor(*log_[i - 1].what);
      // A leave and its successor are one: both are judged by what was before them.
      const auto& before = index_.standing_after(id_, static_cast<sequence>(follows_a_successor ? i - 1 : i));
      if (is_successor(*written.what)) {
        check_successor(i, before);
        continue;
      }
      check_rights(written, before);
      if (written.what->content.kind == entry_kind::leave && !follows_a_successor &&
          before.successor_of(written.what->content.user))
        index_.blame(written.when, "an owner left and nobody followed");
    }
  }

private:
  static bool is_successor(const entry& e) {
    return e.content.kind == entry_kind::role && e.content.key.empty();
  }

  void check_successor(std::size_t place, const standing& before) {
    const auto& written = log_[place];
    const auto& what = written.what->content;
    const auto* next = place + 1 < log_.size() ? log_[place + 1].what : nullptr;
    if (next == nullptr || next->content.kind != entry_kind::leave)
      return index_.blame(written.when, "a successor without a leave");
    if (what.role != member_role::owner || what.user != before.successor_of(next->content.user))
      index_.blame(written.when, "another successor than the longest-standing");
  }

  void check_rights(const committed_entry& written, const standing& before) {
    auto draft = written.what->content;
    const auto sender = written.what->sender;
    if (draft.kind == entry_kind::create) return;
    // One's own leave is asked for without a user.
    if (draft.kind == entry_kind::leave && draft.user == sender) draft.user = {};
    const auto reasons =
        reasons_against(before, sender, draft, index_.people(), index_.rules().group_members);
    for (const auto why : reasons)
      if (why != errc::not_found || before.has(sender))
        index_.blame(written.when, "an entry that should have been refused as " + std::string(to_text(why)));
    const bool speaks = draft.kind == entry_kind::message || draft.kind == entry_kind::edit;
    if (speaks && before.kind == conversation_kind::direct) check_block(written, before);
  }

  /// Somebody who is blocked speaks: all who asked for the entry did so while that was certain.
  void check_block(const committed_entry& written, const standing& before) {
    const auto sender = written.what->sender;
    for (const auto& [other, as] : before.members) {
      if (other == sender) continue;
      bool asked_at_all = false;
      bool all_while_blocked = true;
      for (const auto& [number, connection] : index_.connections) {
        for (const auto& asked : connection.exchanges) {
          if (asked.asked > written.when || !history_index::asks_for(asked, connection.user, *written.what))
            continue;
          asked_at_all = true;
          all_while_blocked &= index_.blocks.certainly_holds(other, sender, asked.asked, written.when);
        }
      }
      if (asked_at_all && all_while_blocked)
        index_.blame(written.when, "an entry of somebody whom the other has blocked");
    }
  }

  history_index& index_;
  conversation_id id_;
  const std::vector<committed_entry>& log_;
};

}  // namespace

void check_rules(history_index& index) {
  for (const auto& [id, log] : index.logs) rules_of_the_log(index, id, log).check();
}

}  // namespace parley::simulation
