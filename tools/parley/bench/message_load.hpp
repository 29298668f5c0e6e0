#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/parley/bench/histogram.hpp"
#include "tools/parley/bench/message_ledger.hpp"
#include "tools/parley/bench/message_text.hpp"
#include "tools/parley/bench/sessions.hpp"

namespace parley::bench {

/// A conversation that messages are sent to.
struct talk_plan {
  std::string conversation;
  std::vector<std::size_t> members;  // sessions; each must be shown everything
  std::vector<std::size_t> senders;  // some of these, one after the other
  std::vector<std::string> senders_users;
};

/// Who counts for the latency of delivery; everybody is checked in any case.
enum class latency_of : std::uint8_t { all_members, others_than_senders };

struct load_plan {
  std::vector<talk_plan> talks;
  std::size_t text_bytes = 100;
  double rate = 0;              // messages a second over all conversations; 0: as fast as answers come
  std::size_t outstanding = 8;  // in each conversation, when there is no rate
  latency_of latency = latency_of::all_members;
  nanoseconds warm_up = 2 * second_ns;
  nanoseconds measured = 10 * second_ns;
  nanoseconds tail = 30 * second_ns;  // how long what is under way may take when nothing is sent any more
};

/// What had happened at a moment.
struct load_counts {
  nanoseconds at = 0;
  std::uint64_t sent = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t reads = 0;
};

struct load_result {
  load_counts window_begin;
  load_counts window_end;
  load_counts total;
  histogram acknowledgement;  // of messages whose time to leave lay in the window
  histogram delivery;
  findings wrong;
  bool measured = false;  // the window began
  bool interrupted = false;
};

/// Sends messages, checks every delivery, and measures. Latency is counted from the moment when a
/// message should have left: by the clock with a rate, else when an earlier one was through.
class message_load : private session_observer {
public:
  message_load(sessions& through, load_plan plan);
  ~message_load() override;

  /// Called when the measured window begins and ends, to read what else is measured.
  std::function<void()> on_window_begin;
  std::function<void()> on_window_end;

  /// All of it: warm-up, window, tail. A node that refuses a message is a bench_failure.
  load_result run();

private:
  struct talk {
    explicit talk(talk_plan from)
        : plan(std::move(from)), ledger(static_cast<std::uint32_t>(plan.members.size())) {}
    talk_plan plan;
    message_ledger ledger;
    std::uint32_t next_sender = 0;
    std::uint64_t first_seq = 0;
  };
  struct member {
    std::uint32_t talk = 0;
    bool is_sender = false;
    std::uint64_t next_seq = 1;
  };
  struct shown_entry {
    std::string_view conversation, kind, sender, key, text;
    std::uint64_t seq = 0;
  };

  void on_entry(std::size_t session, simdjson::dom::object entry, nanoseconds read_at) override;
  void on_reply(std::size_t session, std::uint64_t id, simdjson::dom::object reply,
                nanoseconds read_at) override;

  void start(nanoseconds now);
  void send_what_is_due(nanoseconds now);
  void wait_for_tail();
  void check_the_end();
  void launch(std::uint32_t talk_index, nanoseconds intended);
  void after_progress(std::uint32_t talk_index, std::uint64_t number, nanoseconds now);
  bool check_order(std::size_t session, const shown_entry& entry, const talk& in);
  std::uint64_t check_content(std::size_t session, const shown_entry& entry, const talk& in);
  void misplaced(message_ledger::verdict verdict, std::size_t session, std::uint64_t number,
                 std::uint64_t seq);
  [[nodiscard]] bool in_window(nanoseconds intended) const;
  [[nodiscard]] std::uint64_t in_flight() const { return sent_ - finished_; }
  [[nodiscard]] load_counts counts(nanoseconds now) const;
  void report_progress(nanoseconds now);

  sessions& sessions_;
  load_plan plan_;
  message_text text_;
  std::vector<talk> talks_;
  std::vector<member> members_;  // by session
  load_result result_;
  bool sending_ = false;
  nanoseconds window_begin_ = 0;
  nanoseconds window_end_ = 0;
  nanoseconds started_ = 0;
  nanoseconds next_report_ = 0;
  load_counts reported_;
  double due_count_ = 0;  // messages sent by the clock
  std::uint64_t sent_ = 0;
  std::uint64_t finished_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t deliveries_ = 0;
  std::string frame_;
};

}  // namespace parley::bench
