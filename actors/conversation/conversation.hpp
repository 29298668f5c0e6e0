#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>

#include "actors/contract/interfaces/conversation_actor.hpp"
#include "actors/contract/interfaces/directory.hpp"
#include "actors/contract/interfaces/local_only.hpp"
#include "actors/contract/values/conversation.hpp"
#include "actors/conversation/receipts.hpp"
#include "actors/conversation/request_lines.hpp"
#include "actors/inspection/metered.hpp"

namespace parley {

/// What a conversation is given when it starts.
struct conversation_setup {
  conversation_id id;
  std::optional<conversation_record> record;  // nothing: it is about to be created
  std::shared_ptr<const directory> where;
  std::uint64_t shard_incarnation = 0;
  std::size_t members_max = 100;       // of a group; 0: no limit
  std::size_t unanswered_max = 4'096;  // requests waiting or at the writer; above, `overloaded`
};

/// Decides against the members it knows, hands acceptable requests straight to the log (which finds
/// repeats), answers and publishes what came of them. Asks the log for a key only before refusing.
///
/// Messages stream. Everything else that is written (edits, members, roles, names) is a *change*: it
/// waits until nothing is at the writer, and what comes behind it waits for its commit, so that every
/// decision is made against what has been committed. Its files: conversation.cpp (requests in order,
/// messages), conversation_changes.cpp, conversation_news.cpp (what is not kept).
class conversation_state : public metered_state<conversation_actor, conversation_state> {
public:
  static inline const char* name = "conversation";

  explicit conversation_state(self_pointer self) : metered_state(self) {}
  behavior_type make_behavior(conversation_setup setup);

private:
  using time_point = caf::actor_clock::time_point;
  struct at_writer {
    ask_conversation request;
    std::size_t bytes = 0;
    user_id successor;
  };

  // Requests in order.
  void take(const ask_conversation& request);
  [[nodiscard]] bool must_wait(const ask_conversation& request) const;
  [[nodiscard]] bool is_held_up(const ask_conversation& request) const;
  void advance();
  void start(const ask_conversation& request);
  void answer(const ask_conversation& request, outcome<written> result);
  void lose_everything(log_failure why);
  void show_name() const;
  void consider_sleep(const passivate& asked) const;

  // Messages, and what all entries share.
  void message(const ask_conversation& request, const shared_draft& draft);
  void append(const ask_conversation& request, const shared_draft& draft, user_id successor = {});
  void hand_over();
  void refuse_unless_repeated(const ask_conversation& request, const shared_draft& draft, const failure& why);
  void finish(const batch_finished& done);
  void finish_one(const finished_append& done);
  void publish(const at_writer& from, const append_result& result);
  void publish_entry(const envelope& cause, entry committed);
  void publish_batch();
  void record_shared(const std::vector<published_entry>& entries, const trace_context& recorded) const;
  void found(const at_writer& from);

  // Changes.
  void change(const ask_conversation& request, const shared_draft& draft);
  void decide(const ask_conversation& request, const shared_draft& draft);
  void look_at_target(const ask_conversation& request, const shared_draft& draft);
  void look_at_user(const ask_conversation& request, const shared_draft& draft);
  void settle(const ask_conversation& request, outcome<written> result);
  void changed(const at_writer& from, const append_result& result);

  // What is not kept, or only beside the log.
  void mark_read(const ask_conversation& request, const read_mark& mark);
  void read_was_stored(const read_stored& done);
  void tell_receipts();
  void tell_typing(const ask_conversation& request);
  void publish_news(const envelope& cause, conversation_news news);
  void take_blocks(const ask_conversation& request);
  void store_mark(const ask_conversation& request, sequence seq);
  void read_blocks_anew();
  void ask_for_blocks();
  [[nodiscard]] bool is_reading_blocks() const { return blocks_read_ != blocks_asked_; }

  [[nodiscard]] bool is_member(user_id user) const;
  [[nodiscard]] time_point now() { return self()->clock().now(); }

  conversation_setup setup_;
  request_lines lines_;
  std::deque<ask_conversation> waiting_;          // behind a change, or a change behind what is at the writer
  std::uint64_t blocks_asked_ = 0;                // how often who blocked whom was asked of the log
  std::uint64_t blocks_read_ = 0;                 // the newest that was answered; everything waits for it
  bool advancing_ = false;                        // the queue is being worked off
  bool changing_ = false;                         // a change is being decided or is at the writer
  std::map<std::uint64_t, at_writer> at_writer_;  // by ticket, in the order handed over
  std::vector<append_entry> to_append_;           // handed over when what was asked so far has been looked at
  std::vector<published_entry> to_publish_;       // of the batch being finished
  // Read marks, and what is fenced like them, at the writer, by ticket.
  std::map<std::uint64_t, ask_conversation> marking_;
  std::uint64_t last_ticket_ = 0;
  std::uint64_t taken_ = 0;  // requests that arrived here, to compare with the shard's count
  std::size_t asking_ = 0;   // questions to the log under way
  receipts receipts_;
  std::optional<time_point> receipts_told_;
  std::unordered_map<user_id, time_point> typing_told_;  // members only
};

conversation_actor::behavior_type conversation(conversation_state::self_pointer self,
                                               conversation_setup setup);

}  // namespace parley
