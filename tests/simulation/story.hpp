#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/checker.hpp"
#include "tests/simulation/history.hpp"

namespace parley::simulation {

inline constexpr user_id ann{1};
inline constexpr user_id bob{2};
inline constexpr user_id eve{3};
inline constexpr conversation_id room{9};
inline constexpr connection_number anns = 1;
inline constexpr connection_number bobs = 2;
inline constexpr connection_number eves = 3;

/// Writes a history, as a story: Ann, Bob and Eve are connected, a group of Ann and Bob exists, and both
/// have synced at its head 1.
class story {
public:
  story() {
    past_.people = {ann, bob, eve};
    note(happened::opened{anns, ann});
    note(happened::opened{bobs, bob});
    note(happened::opened{eves, eve});
    auto group = std::make_shared<entry_draft>();
    group->kind = entry_kind::create;
    group->key = "group";
    group->name = "Room";
    group->members = {bob};
    const auto made = asks(anns, request::create_group{group});
    auto stored = *group;
    stored.members = {ann, bob};
    commits(1, ann, stored);
    answers(anns, made, client_reply{reply::opened{room, false}});
    // Both say that they have it, so that no entries belong into the answer.
    request::sync wanted;
    wanted.have = {{room, 1}};
    for (const auto who : {anns, bobs}) answers(who, asks(who, wanted), client_reply{synced(1)});
  }

  request_id asks(connection_number who, client_request::operation op) {
    note(happened::asked{who, ++last_request_, std::move(op)});
    return last_request_;
  }
  request_id sends(connection_number who, const std::string& key, const std::string& text = "hi") {
    return asks(who, request::write{room, std::make_shared<entry_draft>(message(key, text))});
  }
  void answers(connection_number who, request_id id, outcome<client_reply> answer) {
    note(happened::answered{who, id, std::move(answer)});
  }
  void acknowledges(connection_number who, request_id id, sequence seq, bool duplicate = false) {
    answers(who, id, client_reply{written{room, seq, seq * 10, duplicate}});
  }
  void refuses(connection_number who, request_id id, errc code) { answers(who, id, failure{code, "", {}}); }
  void does_not_know(connection_number who, request_id id) { answers(who, id, no_such_conversation()); }
  void commits(sequence seq, user_id sender, const entry_draft& draft, int backend = 0) {
    note(happened::committed{entry_of(seq, sender, draft), backend});
  }
  /// A backend takes the lock of the room's shard, or no longer holds it.
  void takes_lock(int backend) { note(happened::locked{backend, {shard_of(room)}, true}); }
  void frees_lock(int backend) { note(happened::locked{backend, {shard_of(room)}, false}); }
  void commits(sequence seq, user_id sender, const std::string& key) { commits(seq, sender, message(key)); }
  void shows(connection_number who, sequence seq, user_id sender, const std::string& key) {
    note(happened::shown{who, entry_of(seq, sender, message(key))});
  }
  void shows_both(sequence seq, user_id sender, const std::string& key) {
    for (const auto who : {anns, bobs}) shows(who, seq, sender, key);
  }
  /// A message in all its steps.
  void says(sequence seq, const std::string& key) {
    const auto asked = sends(anns, key);
    commits(seq, ann, key);
    acknowledges(anns, asked, seq);
    shows_both(seq, ann, key);
  }
  void note(record::content what) { past_.records.push_back({++time_ms_, std::move(what)}); }

  [[nodiscard]] std::vector<std::string> found() {
    past_.settled = true;
    return broken_promises(past_);
  }

  static entry_draft message(const std::string& key, const std::string& text = "hi") {
    entry_draft draft;
    draft.key = key;
    draft.text = text;
    return draft;
  }
  static entry entry_of(sequence seq, user_id sender, const entry_draft& draft) {
    entry e;
    e.conversation = room;
    e.seq = seq;
    e.at = seq * 10;
    e.sender = sender;
    e.content = draft;
    return e;
  }
  static reply::synced synced(sequence head) {
    conversation_view view;
    view.id = room;
    view.head = head;
    view.name = "Room";
    view.member_count = 2;
    view.members = {{ann, "Ann", member_role::owner, 0}, {bob, "Bob", member_role::member, 0}};
    view.unread = static_cast<int>(head) - 1;
    reply::synced page;
    page.conversations.push_back(std::move(view));
    return page;
  }

private:
  history past_;
  request_id last_request_ = 0;
  std::int64_t time_ms_ = 0;
};

}  // namespace parley::simulation
