#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "tests/simulation/history_index.hpp"

// Requests of a connection to a conversation take effect in the order sent.
namespace parley::simulation {

namespace {

using key_of_write = std::tuple<conversation_id, user_id, std::string>;

key_of_write key_of(const request::write& op, user_id user) { return {op.conversation, user, op.draft->key}; }

class order_rules {
public:
  explicit order_rules(history_index& index) : index_(index) {
    for (const auto& [id, log] : index.logs)
      for (const auto& written : log)
        if (written.what->content.kind != entry_kind::create && !written.what->content.key.empty())
          places_[{id, written.what->sender, written.what->content.key}] = written.what;
    for (const auto& [number, connection] : index.connections)
      for (const auto& asked : connection.exchanges)
        if (const auto* op = asked.as<request::write>()) ++times_asked_[key_of(*op, connection.user)];
  }

  void check() {
    for (const auto& [number, connection] : index_.connections) {
      std::map<conversation_id, std::vector<const exchange*>> by_conversation;
      for (const auto& asked : connection.exchanges)
        if (asked.conversation()) by_conversation[asked.conversation()].push_back(&asked);
      for (const auto& [id, requests] : by_conversation) {
        check_effects(connection.user, requests);
        check_refusals(requests);
      }
    }
  }

private:
  /// The entry that a request stands for in the log.
  [[nodiscard]] const entry* entry_of(const request::write& op, user_id user) const {
    const auto found = places_.find(key_of(op, user));
    const auto same = found != places_.end() && found->second->content.kind == op.draft->kind &&
                      found->second->content.text == op.draft->text;
    return same ? found->second : nullptr;
  }

  void check_effects(user_id user, const std::vector<const exchange*>& requests) {
    sequence before = 0;                      // the highest place of an earlier request
    const request::write* earlier = nullptr;  // that one
    const request::write* tried_again = nullptr;
    sequence acknowledged = 0;  // the highest place of an acknowledged one
    for (const auto* asked : requests) {
      if (const auto* op = asked->as<request::write>()) {
        const auto* e = entry_of(*op, user);
        if (e == nullptr) continue;
        // A key asked for more than once may have taken effect with another request.
        const bool only_once = times_asked_.at(key_of(*op, user)) == 1;
        if (only_once && e->seq < before && earlier != tried_again) {
          if (could_stand_before(*earlier, user, e->seq)) {
            index_.blame(asked->asked, "overtook an earlier request");
          } else {
            tried_again = earlier;
          }
        }
        if ((only_once || asked->accepted()) && e->seq > before) {
          before = e->seq;
          earlier = op;
        }
        if (asked->accepted()) acknowledged = std::max(acknowledged, e->seq);
      } else if (const auto* page = asked->reply_as<entries_page>()) {
        check_read(*asked, *page, requests, user, acknowledged);
      }
    }
  }

  /// Whether the request would have been taken just before this place. If not, it was refused there; when
  /// that answer was lost with the shard, it was tried again, and may have come to pass later.
  [[nodiscard]] bool could_stand_before(const request::write& op, user_id user, sequence place) const {
    const auto& then = index_.standing_after(op.conversation, place - 1);
    return reasons_against(then, user, *op.draft, index_.people(), index_.rules().group_members).empty();
  }

  void check_read(const exchange& asked, const entries_page& page,
                  const std::vector<const exchange*>& requests, user_id user, sequence acknowledged) {
    const auto* wanted = asked.as<request::history>();
    const auto reached = page.entries.empty() ? 0 : page.entries.back().seq;
    if (wanted != nullptr && !wanted->before && !wanted->after && reached < acknowledged)
      index_.blame(asked.answered, "a read does not see an earlier write of its connection");
    for (const auto* later : requests) {
      const auto* op = later->as<request::write>();
      if (op == nullptr || later->asked < asked.asked || times_asked_.at(key_of(*op, user)) > 1) continue;
      const auto* e = entry_of(*op, user);
      if (e != nullptr && std::ranges::find(page.entries, e->seq, &entry::seq) != page.entries.end())
        index_.blame(asked.answered, "a read sees a later write of its connection");
    }
  }

  /// A temporary refusal also refuses the later requests that were read and not answered by then.
  void check_refusals(const std::vector<const exchange*>& requests) {
    std::map<const exchange*, std::set<errc>> owed;  // by request, the refusals of earlier ones
    for (auto first = requests.begin(); first != requests.end(); ++first) {
      const auto& refused = **first;
      if (!refused.refused() || !is_temporary(refused.answer->error().code)) continue;
      const auto code = refused.answer->error().code;
      // What is refused because of an earlier one refuses nothing of its own.
      if (const auto earlier = owed.find(&refused); earlier != owed.end() && earlier->second.contains(code))
        continue;
      for (auto next = first + 1; next != requests.end(); ++next) {
        const auto& later = **next;
        if (later.asked < refused.answered && later.answer != nullptr && later.answered > refused.answered)
          owed[&later].insert(code);
      }
    }
    for (const auto& [later, codes] : owed)
      if (!later->refused() || !codes.contains(later->answer->error().code))
        index_.blame(later->answered, "an earlier request was refused for the moment, this was not");
  }

  history_index& index_;
  std::map<key_of_write, const entry*> places_;
  std::map<key_of_write, int> times_asked_;
};

}  // namespace

void check_order(history_index& index) { order_rules(index).check(); }

}  // namespace parley::simulation
