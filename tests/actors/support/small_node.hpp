#pragma once

#include <caf/resumable.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/memory_log.hpp"
#include "tests/simulation/simulated_node.hpp"

namespace parley {

/// A writer connection that fails when told to, and remembers what it was given.
class scripted_log : public simulation::memory_entry_log {
public:
  using memory_entry_log::memory_entry_log;
  log_outcome<std::vector<append_result>> append(std::span<const append_item> batch) override;

  std::deque<log_failure> failures;      // of the next batches; nothing of them is written
  std::vector<std::size_t> batch_sizes;  // of all batches so far
};

/// A reader connection that fails when told to.
class scripted_queries : public simulation::memory_log_queries {
public:
  using memory_log_queries::memory_log_queries;
  outcome<std::string> epoch() override;
  outcome<token_holder> identify(std::string_view token) override;
  outcome<conversation_record> load_conversation(conversation_id conversation) override;
  outcome<entries_page> history(user_id user, conversation_id conversation, std::optional<sequence> before,
                                std::optional<sequence> after, std::size_t limit) override;

  bool fails = false;
};

/// A connection's client end: keeps what it is given.
class test_client : public outbox {
public:
  explicit test_client(std::shared_ptr<const simulation::frame_table> frames) : frames_(std::move(frames)) {}
  /// Puts a request on its way; nothing happens until the node runs.
  request_id ask(client_request::operation op, std::optional<failure> defect = {});
  request_id send(conversation_id to, const std::string& key);
  /// Takes what waits, so that there is room again.
  void take();
  [[nodiscard]] bool is_answered(request_id id) const { return answers.contains(id); }
  /// The error code of an answer; nothing while there is none, or when it was no error.
  [[nodiscard]] std::optional<errc> refusal(request_id id) const;
  /// The answer to a writing request; nothing while there is none, or when it was refused.
  [[nodiscard]] std::optional<written> receipt(request_id id) const;
  /// The numbers of the entries shown of this conversation, in the order shown.
  [[nodiscard]] std::vector<sequence> shown(conversation_id of) const;

  admission push_event(frame event) override;
  void push_reply(frame reply) override;
  void close(close_code code, std::string reason) override;
  [[nodiscard]] std::uint64_t requests_read() const override { return requests_read_; }

  std::shared_ptr<session_inbox> inbox;
  std::map<request_id, outcome<client_reply>> answers;
  std::vector<client_event> events;
  std::optional<close_code> closed_with;
  std::size_t events_waiting_max = 1'000;

private:
  std::shared_ptr<const simulation::frame_table> frames_;
  std::uint64_t requests_read_ = 0;
  std::size_t events_waiting_ = 0;
  bool was_full_ = false;
};

using client_pointer = std::shared_ptr<test_client>;

/// The numbers from `first` to `last`.
inline std::vector<sequence> from_to(sequence first, sequence last) {
  std::vector<sequence> numbers;
  for (auto next = first; next <= last; ++next) numbers.push_back(next);
  return numbers;
}

/// One node of real actors on a log in memory, for tests that want to decide what happens when.
/// Ann, Bob and Eve (users 1, 2, 3) have accounts; their tokens are "ann", "bob" and "eve".
class small_node {
public:
  static constexpr user_id ann{1};
  static constexpr user_id bob{2};
  static constexpr user_id eve{3};

  explicit small_node(limits rules = without_rates());
  ~small_node();

  /// Without limits on how often somebody may send.
  static limits without_rates();
  /// A connection that has asked nothing yet.
  client_pointer connect();
  /// A connection that is identified and has synced.
  client_pointer sign_in(const std::string& token);
  /// The connection is gone.
  void hang_up(const client_pointer& client);
  /// A group of Ann and Bob, made over this connection.
  conversation_id make_group(const client_pointer& of);

  /// Runs what can run, without time going on.
  void settle();
  /// Runs at most this many messages.
  void run(int messages_max);
  /// Time goes on in small steps, and everything that is due happens.
  void pass(std::chrono::milliseconds time);
  /// An actor that is held keeps its messages and does nothing.
  template <class Handle>
  void hold(const Handle& whom) {
    held_.insert(dynamic_cast<caf::resumable*>(caf::actor_cast<caf::abstract_actor*>(whom)));
  }
  void release() { held_.clear(); }

  std::shared_ptr<simulation::memory_store> store;
  std::shared_ptr<scripted_log> log;
  std::shared_ptr<scripted_queries> queries;
  std::vector<entry> committed;
  simulation::simulated_node node;

private:
  bool run_one();

  std::set<caf::resumable*> held_;
  std::vector<client_pointer> clients_;
  std::int64_t last_conversation_ = 1'000;
};

}  // namespace parley
