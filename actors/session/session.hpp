#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/contract/interfaces/directory.hpp"
#include "actors/contract/interfaces/local_only.hpp"
#include "actors/contract/interfaces/session_actor.hpp"
#include "actors/contract/values/limits.hpp"
#include "actors/contract/values/ports/accounts.hpp"
#include "actors/contract/values/ports/encoder.hpp"
#include "actors/contract/values/ports/outbox.hpp"
#include "actors/contract/values/token_bucket.hpp"
#include "actors/inspection/metered.hpp"
#include "actors/session/admissions.hpp"
#include "actors/session/feeds.hpp"
#include "actors/session/outstanding_writes.hpp"
#include "actors/session/presence_watch.hpp"
#include "actors/session/request_order.hpp"

namespace parley {

/// What all sessions of a node share.
struct session_environment {
  std::shared_ptr<const directory> where;
  std::shared_ptr<const encoder> codec;
  std::shared_ptr<accounts> people;
  limits rules;
  std::string node_name;
  std::function<std::string()> epoch;                                  // the database's, as it is now
  std::function<conversation_id()> new_conversation_id;                // random, from any thread
  std::shared_ptr<admissions> door = std::make_shared<admissions>(0);  // who may identify now
};

struct session_setup {
  session_id id;
  std::shared_ptr<outbox> out;
  std::shared_ptr<const session_environment> shared;
};

/// One connection's session. Its files: session.cpp (its life: hello, identify, timer, end),
/// session_reads.cpp, session_writes.cpp, session_feed.cpp (what it is shown), session_people.cpp.
class session_state : public metered_state<session_actor, session_state> {
public:
  static inline const char* name = "session";

  explicit session_state(self_pointer self) : metered_state(self) {}
  behavior_type make_behavior(session_setup setup);

private:
  using time_point = caf::actor_clock::time_point;
  enum class phase : std::uint8_t { stranger, identifying, identified, ended };

  /// A read that keeps its place among the requests to one conversation.
  struct ordered_read {
    request_id id = 0;
    std::uint64_t ordinal = 0;
    conversation_id conversation;
  };

  // Its life.
  void receive(client_request request);
  void dispatch(const client_request& request);
  void identify(const client_request& request);
  void identified(request_id id, const outcome<token_holder>& holder);
  void refuse_identify(request_id id, failure problem);
  void log_out(const client_request& request);
  void logged_out(const logout_finished& finished);
  void tick();
  void ensure_tick();
  void end_connection(close_code code, std::string reason);
  void drain(const drain_sessions& wanted);
  void end_if_answered();
  void end();
  void reply(request_id id, const client_reply& answer);
  void refuse(request_id id, const failure& problem);
  void answer(frame encoded);
  [[nodiscard]] address own_address() const { return {setup_.shared->where->node, setup_.id}; }
  [[nodiscard]] const directory& where() const { return *setup_.shared->where; }
  [[nodiscard]] time_point now() { return self()->clock().now(); }

  // Subscriptions and what is shown.
  void subscribe(std::vector<topic> topics);
  void unsubscribe(const topic& subject);
  void begin_when_ready();
  void topics_are_ready(const topics_ready& ready);
  void read_own_conversations();
  void adopt(const std::vector<conversation_head>& conversations);
  void joined(conversation_id conversation);
  void memberships_were_missed(const memberships_missed& news);
  void deliver(const entries_delivered& news);
  [[nodiscard]] std::size_t length_of_run(const entries_delivered& news, std::size_t first) const;
  bool show_run(const entries_delivered& news, std::size_t first, std::size_t count);
  void deliver_news(const news_delivered& news);
  void after_showing(const entry& shown);
  void leave(conversation_id conversation);
  void owners_have_changed(const owners_changed& news);
  void compare_soon();
  void compare_heads();
  void mend();
  void describe(conversation_id conversation);
  void heal(conversation_id conversation);
  bool show(const entry& missing);
  void mend_later(conversation_id conversation);
  void drained();

  // Reads.
  void sync(const client_request& request, const request::sync& wanted);
  void start_sync(request_id id, const request::sync& wanted);
  void continue_sync(request_id id, const std::string& cursor);
  void sync_page(request_id id, std::uint64_t number, std::size_t from, std::vector<conversation_head> heads);
  void begin_feeds(std::vector<conversation_head> heads, const std::vector<conversation_view>& first_page);
  void history(const client_request& request, const request::history& wanted);
  void members(const client_request& request, const request::members& wanted);
  void find_users(const client_request& request, const request::find_users& wanted);
  void refuse_unless_stranger(const client_request& request, conversation_id conversation);
  void read_in_order(const client_request& request, conversation_id conversation);
  void start_ordered(const client_request& request, conversation_id conversation);
  void finish_ordered(conversation_id conversation, std::uint64_t ordinal);
  template <class T>
  void answer_read(const ordered_read& asked, outcome<T> result);

  // Writes.
  [[nodiscard]] bool refused_by_rate(const client_request& request, conversation_id conversation);
  [[nodiscard]] bool refused_with_earlier(const client_request& request, conversation_id conversation);
  void write(const client_request& request, const request::write& wanted);
  void ask_in_order(const client_request& request, conversation_id conversation);
  void begin_trace(client_request& request) const;
  void start_asking(const client_request& request, conversation_id conversation);
  void open_direct(const client_request& request, const request::open_direct& wanted);
  void create_group(const client_request& request, const request::create_group& wanted);
  void create(request_id id, shared_draft draft, reply_shape shape);
  void create_if_known(request_id id, shared_draft draft, reply_shape shape);
  void forward(const outstanding_write& request);
  void write_was_answered(const conversation_answered& answer);
  void answer_write(const outstanding_write& request, const outcome<written>& result);
  void refuse_line(conversation_id conversation, const std::vector<outstanding_write>& ended,
                   const failure& why);
  void mark_refused(conversation_id conversation, const failure& why);
  void refuse_later(conversation_id conversation, const failure& why);
  void send_again(conversation_id conversation, std::optional<std::uint64_t> line);

  // People.
  struct waiting_signal {
    time_point asked;
    signal_sent message;
    bool is_under_way = false;  // a node holds the user's shard, and may have it
  };
  void watch_presence(const client_request& request, const request::watch_presence& wanted);
  void unwatch_presence(const client_request& request, const request::unwatch_presence& wanted);
  void follow(const std::vector<user_id>& users);
  void answer_watch_requests();
  void presence_has_changed(const presence_changed& news);
  void tell_presence();
  void look_at_rights_soon();
  void look_at_rights();
  void change_block_of(const client_request& request, user_id user, bool blocks);
  void block_was_stored(request_id id, user_id user, const outcome<conversation_id>& direct);
  void list_blocked(const client_request& request);
  void signal(const client_request& request, const request::signal& wanted);
  void send_signal(waiting_signal& signal);
  void signal_was_answered(const signal_answered& answer);
  void take_signal(const signal_sent& news);
  void search(const client_request& request, const request::search& wanted);
  void give_up_on_people();

  struct watch_request {
    request_id id = 0;
    std::vector<user_id> users;
    time_point asked;
  };
  struct sync_chain {
    std::vector<sync_item> items;
    std::size_t tail = 0;
    std::vector<bool> reset;  // by item: the client must forget what it has
  };
  struct refusal_mark {
    std::uint64_t up_to = 0;  // ordinal of the newest request that had been read by then
    failure why;
  };

  session_setup setup_;
  phase phase_ = phase::stranger;
  user_info user_;
  token_id token_;
  std::string token_text_;
  std::string device_;  // as `identify` named it
  bool ticking_ = false;
  bool draining_ = false;
  bool has_ended_ = false;                         // nobody hears of it any more
  std::size_t unanswered_ = 0;                     // requests taken, replies not pushed yet
  std::vector<client_request> before_identified_;  // bounded by the connection's unanswered requests

  std::set<topic> topics_awaited_;
  bool conversations_listed_ = false;
  std::vector<client_request> syncs_waiting_;  // until all subscriptions stand
  feeds feeds_;
  bool outbox_full_ = false;
  bool mend_on_tick_ = false;
  std::chrono::milliseconds compare_spread_{0};  // over how long sessions share their questions to the log
  bool compare_on_tick_ = false;
  bool rights_missed_ = false;  // looked at when conversations are compared
  std::uint64_t last_chain_ = 0;
  std::map<std::uint64_t, std::shared_ptr<const sync_chain>> chains_;  // the newest two

  presence_watch watch_;
  std::vector<watch_request> watch_requests_;  // until the users' actors have spoken
  bool presence_check_due_ = false;
  std::size_t blocks_under_way_ = 0;              // being stored: until then the session does not go
  std::map<request_id, waiting_signal> signals_;  // not answered yet

  token_bucket sends_{0, 0};
  request_order order_;
  outstanding_writes writes_;
  std::unordered_map<conversation_id, refusal_mark> marks_;  // only such as may still meet a request
  std::uint64_t dispatched_ = 0;                             // ordinal of the newest request looked at
};

session_actor::behavior_type session(session_state::self_pointer self, session_setup setup);

}  // namespace parley
