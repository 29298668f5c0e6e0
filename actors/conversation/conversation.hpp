#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>

#include "actors/contract/interfaces/conversation_actor.hpp"
#include "actors/contract/interfaces/directory.hpp"
#include "actors/contract/interfaces/local_only.hpp"
#include "actors/contract/values/conversation.hpp"
#include "actors/conversation/request_lines.hpp"
#include "actors/inspection/metered.hpp"

namespace parley {

/// What a conversation is given when it starts.
struct conversation_setup {
  conversation_id id;
  std::optional<conversation_record> record;  // nothing: it is about to be created
  std::shared_ptr<const directory> where;
  std::uint64_t shard_incarnation = 0;
  std::size_t unanswered_max = 4'096;  // requests at the writer; above, `overloaded`
};

/// Decides against the members it knows, hands acceptable requests straight to the log (which finds
/// repeats), answers and publishes what came of them. Asks the log for a key only before refusing.
class conversation_state : public metered_state<conversation_actor, conversation_state> {
public:
  static inline const char* name = "conversation";

  explicit conversation_state(self_pointer self) : metered_state(self) {}
  behavior_type make_behavior(conversation_setup setup);

private:
  struct waiting {
    write_entry request;
    std::size_t bytes = 0;
  };

  void take(const write_entry& request);
  void append(const write_entry& request);
  void refuse_stranger(const write_entry& request);
  void finish(const append_finished& done);
  void publish(const waiting& from, const append_result& result);
  void found(const waiting& from);
  void lose_everything(log_failure why);
  void consider_sleep(const passivate& asked) const;
  void answer(const write_entry& request, outcome<written> result) const;
  [[nodiscard]] bool is_member(user_id user) const;

  conversation_setup setup_;
  request_lines lines_;
  std::map<std::uint64_t, waiting> at_writer_;  // by ticket, in the order handed over
  std::uint64_t last_ticket_ = 0;
  std::uint64_t taken_ = 0;  // requests that arrived here, to compare with the shard's count
  std::size_t asking_ = 0;   // questions to the log under way
};

conversation_actor::behavior_type conversation(conversation_state::self_pointer self,
                                               conversation_setup setup);

}  // namespace parley
