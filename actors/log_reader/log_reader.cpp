#include "actors/log_reader/log_reader.hpp"

#include <caf/all.hpp>
#include <utility>

namespace parley {

log_reader_state::behavior_type log_reader_state::make_behavior(std::shared_ptr<log_queries> log,
                                                                std::shared_ptr<const directory> where) {
  log_ = std::move(log);
  where_ = std::move(where);
  const auto read = [this](auto outcome_of) {
    where_->reads.give_back();
    using value_type = typename decltype(outcome_of(*log_))::value_type;
    return read_result<value_type>{outcome_of(*log_)};
  };
  return {
      [read](const read_token& q) { return read([&](auto& asked) { return asked.identify(q.token); }); },
      [read](const read_revocations&) {
        return read([](auto& asked) { return asked.recent_revocations(); });
      },
      [read](const read_epoch&) { return read([](auto& asked) { return asked.epoch(); }); },
      [read](const read_conversation& q) {
        return read([&](auto& asked) { return asked.load_conversation(q.conversation); });
      },
      [read](const read_repeat& q) {
        return read([&](auto& asked) { return asked.find_repeat(q.conversation, q.sender, *q.draft); });
      },
      [read](const read_created& q) {
        return read([&](auto& asked) { return asked.find_created(q.sender, *q.draft); });
      },
      [read](const read_conversations_of& q) {
        return read([&](auto& asked) { return asked.conversations_of(q.user); });
      },
      [read](const read_views& q) {
        return read([&](auto& asked) { return asked.views(q.user, q.items, q.tail); });
      },
      [read](const read_members& q) {
        return read([&](auto& asked) { return asked.members(q.user, q.conversation, q.cursor); });
      },
      [read](const read_history& q) {
        return read(
            [&](auto& asked) { return asked.history(q.user, q.conversation, q.before, q.after, q.limit); });
      },
      [read](const read_membership& q) {
        return read([&](auto& asked) { return asked.is_member(q.user, q.conversation); });
      },
      [read](const read_entries_after& q) {
        return read([&](auto& asked) { return asked.entries_after(q.user, q.conversation, q.after); });
      },
      [read](const read_known_users& q) {
        return read([&](auto& asked) { return asked.known_users(q.users); });
      },
      [read](const read_users_by_prefix& q) {
        return read([&](auto& asked) { return asked.find_users(q.prefix, q.limit); });
      },
      [read](const read_message& q) {
        return read([&](auto& asked) { return asked.find_message(q.conversation, q.seq); });
      },
      [read](const read_visible_presence& q) {
        return read([&](auto& asked) { return asked.visible_presence(q.viewer, q.users); });
      },
      [read](const store_presence& q) {
        return read([&](auto& asked) { return asked.store_presence(q.user, q.online, q.since); });
      },
      [read](const change_block& q) {
        return read([&](auto& asked) {
          return q.blocks ? asked.block(q.blocker, q.blocked) : asked.unblock(q.blocker, q.blocked);
        });
      },
      [read](const read_blocked& q) {
        return read([&](auto& asked) { return asked.blocked_by(q.blocker); });
      },
      [read](const read_has_blocked& q) {
        return read([&](auto& asked) { return asked.has_blocked(q.blocker, q.blocked); });
      },
      [read](const read_may_signal& q) {
        return read([&](auto& asked) -> outcome<bool> {
          const auto may = asked.may_signal(q.from, q.to);
          if (may.has_error()) return may.error();
          return true;
        });
      },
      [read](const read_search& q) {
        return read([&](auto& asked) { return asked.search(q.user, q.wanted); });
      },
      [read](const read_now&) { return read([](auto& asked) { return asked.now(); }); },
      [this](const stop_actor&) { self()->quit(); },
  };
}

log_reader_actor::behavior_type log_reader(log_reader_state::self_pointer self,
                                           std::shared_ptr<log_queries> log,
                                           std::shared_ptr<const directory> where) {
  return self->state.make_behavior(std::move(log), std::move(where));
}

}  // namespace parley
