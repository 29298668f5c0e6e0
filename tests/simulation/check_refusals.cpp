#include <algorithm>
#include <set>

#include "tests/simulation/history_index.hpp"

// Whatever is refused for good has a reason, and a stranger learns nothing.
namespace parley::simulation {

namespace {

class refusal_rules {
public:
  refusal_rules(history_index& index, user_id user, const exchange& asked)
      : index_(index), user_(user), asked_(asked), code_(asked.answer->error().code) {}

  void check() {
    if (asked_.conversation()) return check_in_conversation(asked_.conversation());
    if (const auto* op = asked_.as<request::search>(); op != nullptr && op->conversation)
      return check_in_conversation(*op->conversation);
    if (!has_reason()) index_.blame(asked_.answered, "a refusal without a reason");
  }

private:
  void check_in_conversation(conversation_id id) {
    const auto is_no_member = [this](const standing& then) { return !then.has(user_); };
    if (asked_.answer->error() == no_such_conversation()) {
      if (!index_.at_some_time(id, asked_.asked, asked_.answered, is_no_member))
        index_.blame(asked_.answered, "a member is told that the conversation does not exist");
      return;
    }
    if (code_ == errc::conflict && contradicts_a_key()) return;
    if (!index_.was_member(id, user_, asked_.asked, asked_.answered))
      return index_.blame(asked_.answered, "a stranger learns that it exists");
    if (!has_reason_in(id)) index_.blame(asked_.answered, "a refusal without a reason");
  }

  [[nodiscard]] bool has_reason_in(conversation_id id) const {
    const auto* draft = asked_.draft();
    if (draft == nullptr) return false;
    const auto speaks_against = [&](const standing& then) {
      return reasons_against(then, user_, *draft, index_.people(), index_.rules().group_members)
          .contains(code_);
    };
    if (index_.at_some_time(id, asked_.asked, asked_.answered, speaks_against)) return true;
    const bool speaks = draft->kind == entry_kind::message || draft->kind == entry_kind::edit;
    return code_ == errc::forbidden && speaks && may_be_blocked_in(id);
  }

  [[nodiscard]] bool may_be_blocked_in(conversation_id id) const {
    const auto& here = index_.standing_at(id, asked_.answered);
    return here.kind == conversation_kind::direct &&
           std::ranges::any_of(here.members, [&](const auto& other) {
             return index_.blocks.may_hold(other.first, user_, asked_.asked, asked_.answered);
           });
  }

  [[nodiscard]] bool has_reason() const {
    if (const auto* op = asked_.as<request::open_direct>())
      return op->user == user_ ? code_ == errc::bad_request : is_blocked_by(op->user);
    if (const auto* op = asked_.as<request::create_group>()) return has_reason(*op);
    if (const auto* op = asked_.as<request::sync>()) return op->cursor && code_ == errc::bad_request;
    if (const auto* op = asked_.as<request::block>()) return op->user == user_ && code_ == errc::bad_request;
    if (const auto* op = asked_.as<request::unblock>())
      return op->user == user_ && code_ == errc::bad_request;
    if (const auto* op = asked_.as<request::signal>()) {
      if (code_ == errc::not_found)
        return !index_.shared_all_the_time(user_, op->user, asked_.asked, asked_.answered);
      return is_blocked_by(op->user);
    }
    return false;
  }

  [[nodiscard]] bool is_blocked_by(user_id other) const {
    return code_ == errc::forbidden && index_.blocks.may_hold(other, user_, asked_.asked, asked_.answered);
  }

  [[nodiscard]] bool has_reason(const request::create_group& op) const {
    const auto& members = op.draft->members;
    const auto unknown = [this](user_id user) {
      return std::ranges::find(index_.people(), user) == index_.people().end();
    };
    if (code_ == errc::conflict) return contradicts_a_key();
    if (code_ == errc::not_found) return std::ranges::any_of(members, unknown);
    const auto most = index_.rules().group_members;
    const bool named = std::ranges::find(members, user_) != members.end();
    return code_ == errc::too_large && most != 0 && members.size() + (named ? 0 : 1) > most;
  }

  /// Whether the key stands in the log already with another content.
  [[nodiscard]] bool contradicts_a_key() const {
    const auto* group = asked_.as<request::create_group>();
    const auto* draft = group != nullptr ? group->draft.get() : asked_.draft();
    if (draft == nullptr) return false;
    for (const auto& [id, log] : index_.logs) {
      if (group == nullptr && id != asked_.conversation()) continue;
      for (const auto& written : log) {
        const auto& e = *written.what;
        const bool same_space = (e.content.kind == entry_kind::create) == (group != nullptr);
        if (written.when < asked_.answered && same_space && e.sender == user_ && e.content.key == draft->key)
          return !history_index::asks_for(asked_, user_, e);
      }
    }
    return false;
  }

  history_index& index_;
  user_id user_;
  const exchange& asked_;
  errc code_;
};

}  // namespace

void check_refusals(history_index& index) {
  for (const auto& [number, connection] : index.connections)
    for (const auto& asked : connection.exchanges)
      if (asked.refused() && !is_temporary(asked.answer->error().code))
        refusal_rules(index, connection.user, asked).check();
}

}  // namespace parley::simulation
