#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "tools/parley/bench/clock.hpp"

namespace parley::bench {

/// What went wrong in a run: counted, and the first few kept in words.
class findings {
public:
  void add(std::string what) {
    if (count_++ < kept_max) kept_.push_back(std::move(what));
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] const std::vector<std::string>& first() const { return kept_; }

private:
  static constexpr std::uint64_t kept_max = 10;
  std::uint64_t count_ = 0;
  std::vector<std::string> kept_;
};

/// A message under way.
struct message_under_way {
  nanoseconds intended = 0;   // when it should have left
  std::uint64_t seq = 0;      // 0: nobody has said it yet
  std::uint32_t missing = 0;  // members that were not shown it
  std::uint32_t sender = 0;   // index among the senders of its conversation
  bool acknowledged = false;
};

/// The messages of one conversation, named by numbers from 1 in the order sent, each until it was
/// acknowledged and shown to every member. Remembers only these: whatever is said about another is wrong.
class message_ledger {
public:
  explicit message_ledger(std::uint32_t members) : members_(members) {}

  /// A new message; its number.
  std::uint64_t begin(nanoseconds intended, std::uint32_t sender);

  enum class verdict : std::uint8_t {
    good,
    unknown,      // never sent, or all that could be said about it was said before
    other_seq,    // somebody else was told another place in the log
    said_before,  // acknowledged twice
  };
  verdict acknowledged(std::uint64_t number, std::uint64_t seq);
  /// One more member was shown it, in this place.
  verdict delivered(std::uint64_t number, std::uint64_t seq);

  /// The message, while it is under way, else null. Good until the next change.
  [[nodiscard]] const message_under_way* find(std::uint64_t number) const;
  [[nodiscard]] bool is_finished(std::uint64_t number) const;
  [[nodiscard]] std::uint64_t sent() const { return first_ + kept_.size() - 1; }
  [[nodiscard]] std::uint64_t in_flight() const { return in_flight_; }

private:
  verdict place(std::uint64_t number, std::uint64_t seq, message_under_way*& found);
  void finish();

  std::uint32_t members_;
  std::deque<message_under_way> kept_;
  std::uint64_t first_ = 1;  // number of kept_.front()
  std::uint64_t in_flight_ = 0;
};

}  // namespace parley::bench
