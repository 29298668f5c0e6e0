#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/contract/interfaces/directory.hpp"
#include "actors/contract/interfaces/local_only.hpp"
#include "actors/contract/interfaces/user_actor.hpp"
#include "actors/inspection/metered.hpp"

namespace parley {

struct user_setup {
  user_id id;
  std::shared_ptr<const directory> where;
  std::chrono::milliseconds grace{10'000};  // away for less is not away
  std::chrono::milliseconds turn{0};        // among the many who go at once, with a node
  caf::actor_clock::time_point settles_at;  // until then somebody without a session may be on the way back
};

/// Knows where a user is and who wants to know: tells the user's nodes of memberships and signals, ends
/// connections that another one replaces, and tells the watching nodes who comes and goes.
class user_state : public metered_state<user_actor, user_state> {
public:
  static inline const char* name = "user";

  explicit user_state(self_pointer self) : metered_state(self) {}
  behavior_type make_behavior(user_setup setup);

private:
  struct open_session {
    address where;
    std::string device;
  };

  void subscribe(const subscribe_node& request);
  void unsubscribe(const unsubscribe_node& request);
  void open(const session_opened& news);
  void close(const session_closed& news);
  void forget(incarnation_id node);
  void begin_grace(std::chrono::milliseconds time);
  template <class Message>
  void tell_nodes(const Message& news) const;
  void supersede(const open_session& old, close_code why) const;
  void pass_on(const signal_sent& signal) const;
  void grace_is_over(const presence_grace_over& due);
  void settled();
  void store(bool online, std::chrono::milliseconds since);
  [[nodiscard]] presence_state state() const { return {setup_.id, online_, last_seen_}; }
  [[nodiscard]] bool is_settled() { return self()->clock().now() >= setup_.settles_at; }
  void tell_presence_to(std::vector<incarnation_id> nodes);
  void tell_everybody();
  void consider_sleep();

  user_setup setup_;
  std::uint64_t taken_ = 0;             // messages that came through the shard, to compare with its count
  std::vector<open_session> sessions_;  // in the order opened; bounded by `limits.devices`
  std::set<incarnation_id> nodes_;      // want the user's own news
  std::set<incarnation_id> watching_nodes_;  // want to know whether the user is there
  bool online_ = false;
  std::optional<timestamp_ms> last_seen_;
  std::uint64_t absence_ = 0;  // counts the times the last session went
  bool in_grace_ = false;
  caf::actor_clock::time_point away_since_;
  std::size_t storing_ = 0;
};

user_actor::behavior_type user(user_state::self_pointer self, user_setup setup);

}  // namespace parley
