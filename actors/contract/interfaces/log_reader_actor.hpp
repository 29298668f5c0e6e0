#pragma once

#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <chrono>

#include "actors/contract/interfaces/envelope.hpp"
#include "actors/contract/interfaces/messages.hpp"
#include "actors/contract/values/ports/log_queries.hpp"

namespace parley {

/// A read's answer: a value or a failure.
template <class T>
struct read_result {
  outcome<T> value;
};

struct read_token {
  std::string token;
};
struct read_revocations {};
struct read_epoch {};
struct read_conversation {
  conversation_id conversation;
};
struct read_repeat {
  conversation_id conversation;
  user_id sender;
  shared_draft draft;
};
struct read_created {
  user_id sender;
  shared_draft draft;
};
struct read_conversations_of {
  user_id user;
};
struct read_views {
  user_id user;
  std::vector<sync_item> items;
  std::size_t tail = 0;
};
struct read_members {
  user_id user;
  conversation_id conversation;
  std::optional<std::string> cursor;
};
struct read_history {
  user_id user;
  conversation_id conversation;
  std::optional<sequence> before;
  std::optional<sequence> after;
  std::size_t limit = 0;
};
struct read_membership {
  user_id user;
  conversation_id conversation;
};
struct read_entries_after {
  user_id user;
  conversation_id conversation;
  sequence after = 0;
};
struct read_known_users {
  std::vector<user_id> users;
};
struct read_users_by_prefix {
  std::string prefix;
  std::size_t limit = 0;
};
struct read_now {};
struct read_message {
  conversation_id conversation;
  sequence seq = 0;
};
struct read_visible_presence {
  user_id viewer;
  std::vector<user_id> users;
};
/// The questions below also change what is kept by user; they are answered after their commit.
struct store_presence {
  user_id user;
  bool online = false;
  std::chrono::milliseconds since{0};
};
struct change_block {
  user_id blocker;
  user_id blocked;
  bool blocks = true;
};
struct read_blocked {
  user_id blocker;
};
struct read_has_blocked {
  user_id blocker;
  user_id blocked;
};
struct read_may_signal {
  user_id from;
  user_id to;
};
struct read_search {
  user_id user;
  request::search wanted;
};

/// A reader connection to the log; each message is the question of the same name in `log_queries`.
using log_reader_actor = caf::typed_actor<
    caf::replies_to<read_token>::with<read_result<token_holder>>,
    caf::replies_to<read_revocations>::with<read_result<std::vector<token_id>>>,
    caf::replies_to<read_epoch>::with<read_result<std::string>>,
    caf::replies_to<read_conversation>::with<read_result<conversation_record>>,
    caf::replies_to<read_repeat>::with<read_result<std::optional<append_result>>>,
    caf::replies_to<read_created>::with<read_result<std::optional<append_result>>>,
    caf::replies_to<read_conversations_of>::with<read_result<std::vector<conversation_head>>>,
    caf::replies_to<read_views>::with<read_result<std::vector<conversation_view>>>,
    caf::replies_to<read_members>::with<read_result<reply::members>>,
    caf::replies_to<read_history>::with<read_result<entries_page>>,
    caf::replies_to<read_membership>::with<read_result<bool>>,
    caf::replies_to<read_entries_after>::with<read_result<entries_page>>,
    caf::replies_to<read_known_users>::with<read_result<std::vector<user_info>>>,
    caf::replies_to<read_users_by_prefix>::with<read_result<std::vector<user_info>>>,
    caf::replies_to<read_now>::with<read_result<timestamp_ms>>,
    caf::replies_to<read_message>::with<read_result<std::optional<message_facts>>>,
    caf::replies_to<read_visible_presence>::with<read_result<std::vector<presence_record>>>,
    caf::replies_to<store_presence>::with<read_result<timestamp_ms>>,
    caf::replies_to<change_block>::with<read_result<conversation_id>>,
    caf::replies_to<read_blocked>::with<read_result<std::vector<user_id>>>,
    caf::replies_to<read_has_blocked>::with<read_result<bool>>,
    caf::replies_to<read_may_signal>::with<read_result<bool>>,
    caf::replies_to<read_search>::with<read_result<reply::entries_found>>, caf::reacts_to<stop_actor>>;

}  // namespace parley
