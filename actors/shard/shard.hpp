#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>

#include "actors/contract/interfaces/conversation_actor.hpp"
#include "actors/contract/interfaces/directory.hpp"
#include "actors/contract/interfaces/local_only.hpp"
#include "actors/contract/interfaces/shard_actor.hpp"
#include "actors/contract/interfaces/user_actor.hpp"
#include "actors/inspection/metered.hpp"
#include "actors/shard/known_heads.hpp"

namespace parley {

struct shard_setup {
  shard_index index;
  std::shared_ptr<const directory> where;
  std::size_t conversations_max = 20'000;  // live at once in one shard; above, `overloaded`
  std::size_t waiting_max = 1'024;         // requests that wait for one conversation to be loaded
  std::chrono::seconds idle{60};           // a conversation sleeps after this long without a request
  std::size_t members_max = 100;           // of a group; 0: no limit
  std::size_t users_max = 100'000;         // live at once in one shard; above, `overloaded`
  std::chrono::milliseconds presence_grace{10'000};
};

class shard_state : public metered_state<shard_actor, shard_state> {
public:
  static inline const char* name = "shard";

  explicit shard_state(self_pointer self) : metered_state(self) {}
  behavior_type make_behavior(shard_setup setup);

private:
  struct live_conversation {
    conversation_actor actor;
    std::uint64_t forwarded = 0;
    caf::actor_clock::time_point last_used;
  };

  struct live_user {
    user_actor actor;
    std::uint64_t forwarded = 0;
  };

  void forward(const ask_conversation& request);
  void send_to(live_conversation& live, const ask_conversation& request);
  live_conversation& start(conversation_id id, std::optional<conversation_record> record);
  static void keep_until_loaded(std::deque<ask_conversation>& waiting, const ask_conversation& request);
  void load(conversation_id id);
  void loaded(conversation_id id, outcome<conversation_record> record);
  void announce(conversation_id id, sequence head);
  void refuse(const ask_conversation& request, const failure& why) const;
  void subscribe(const subscribe_node& request);
  void unsubscribe(const unsubscribe_node& request);
  void publish(const entries_published& published);
  template <class Message>
  void tell_subscribers(const Message& news) const;
  live_user* user_for(user_id id);
  void pass_on(const signal_sent& signal);
  template <class Message>
  void tell_user(const Message& news);
  template <class Message>
  void tell_live_user(const Message& news);
  void let_user_sleep(const user_sleep_wanted& wanted);
  void let_sleep(const sleep_wanted& wanted);
  void take(const shard_taken& taken);
  void lose();
  void forget(const caf::actor_addr& gone);
  void forget_node(const node_forgotten& news);
  void tick();

  shard_setup setup_;
  std::uint64_t incarnation_ = 0;  // 0: the shard is not held
  std::unordered_map<conversation_id, live_conversation> conversations_;
  std::unordered_map<conversation_id, std::deque<ask_conversation>> loading_;
  std::unordered_map<user_id, live_user> users_;
  std::optional<caf::actor_clock::time_point> taken_at_;
  bool ticking_ = false;
  std::unordered_map<topic, std::set<incarnation_id>> subscribers_;
  known_heads heads_;
};

shard_actor::behavior_type shard(shard_state::self_pointer self, shard_setup setup);

}  // namespace parley
