#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "actors/contract/interfaces/directory.hpp"
#include "actors/contract/interfaces/local_only.hpp"
#include "actors/contract/interfaces/relay_actor.hpp"
#include "actors/contract/values/ports/encoder.hpp"
#include "actors/inspection/metered.hpp"
#include "actors/relay/presence_batches.hpp"

namespace parley {

class relay_state : public metered_state<relay_actor, relay_state> {
public:
  static inline const char* name = "relay";

  explicit relay_state(self_pointer self) : metered_state(self) {}
  behavior_type make_behavior(std::shared_ptr<const directory> where, std::shared_ptr<const encoder> codec);

private:
  struct local_session {
    session_actor handle;
    token_id token;
    std::vector<topic> topics;
    std::vector<std::pair<topic, sequence>> ready;  // confirmed so far, of what it waits for
    std::set<topic> awaited;
  };
  struct local_topic {
    std::vector<session_id> sessions;
    bool confirmed = false;
    bool owner_spoke = false;                          // of a presence: the present owner has told it
    std::unique_ptr<const presence_changed> presence;  // of a presence: the newest
  };

  void subscribe(const subscribe_session& request);
  void subscribe_node_to(const topic& subject);
  void confirmed(const topic_subscribed& news);
  void end(session_id gone);
  void leave(const topic& subject, session_id gone);
  void deliver(const entries_published& news);
  void deliver_news(const news_published& news);
  void pass_on(const tell_presence& wanted);
  void send_presences();
  void tell_watchers(incarnation_id owner, const presence_changed& news);
  template <class Message>
  void tell_user(const Message& news);
  void end_all_sessions();
  void add(const register_session& request);
  void drain(const drain_sessions& wanted);
  void forget_topic(const unsubscribe_session& request);
  void send_to_all(const local_topic& of, const caf::message& message) const;
  void send_to_all(const local_topic& of, const caf::message& traced, const caf::message& others) const;
  [[nodiscard]] shared_run encode(const entries_published& news, std::size_t sessions) const;
  template <class Message>
  void hand_to_session(const Message& message);
  void tell_members(const membership_changed& news) const;
  void have_memberships_compared() const;
  [[nodiscard]] std::chrono::milliseconds spread() const;
  void change_owners(const owners_changed& news);
  void state_everything_again(incarnation_id owner);
  void subscribe_late_ones_again();
  void poll_revocations();
  void stop();

  std::shared_ptr<const directory> where_;
  std::shared_ptr<const encoder> codec_;
  std::unordered_map<session_id, local_session> sessions_;
  std::unordered_map<topic, local_topic> topics_;
  std::set<topic> unconfirmed_;  // no owner has said yet that it subscribed them, or what it knows
  presence_batches presences_;
  bool presences_due_ = false;
  int ticks_ = 0;
  std::optional<drain_sessions> draining_;
};

relay_actor::behavior_type relay(relay_state::self_pointer self, std::shared_ptr<const directory> where,
                                 std::shared_ptr<const encoder> codec);

}  // namespace parley
